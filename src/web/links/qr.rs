//! The QR code of an address, as the path of an SVG.

use fast_qr::QRBuilder;
use fast_qr::qr::QRCodeError;

/// A drawing with one unit for each module. The style sheet adds the rest of the quiet edge that readers need.
#[derive(Clone, Debug)]
pub struct QrView {
    /// Width and height of the drawing.
    pub size: usize,
    /// The dark modules.
    pub path: String,
}

/// Modules left free on each side.
const QUIET: usize = 1;

/// The code of a text; an address of ours always fits.
pub fn of(text: &str) -> Option<QrView> {
    let code = QRBuilder::new(text).build();
    let code = match code {
        Ok(code) => code,
        Err(QRCodeError::EncodedData | QRCodeError::SpecifiedVersion) => return None,
    };
    let mut path = String::new();
    for y in 0..code.size {
        let row = &code[y];
        let mut x = 0;
        while x < code.size {
            let run = (x..code.size).take_while(|x| row[*x].value()).count();
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET));
            }
            x += run.max(1);
        }
    }
    Some(QrView { size: code.size + 2 * QUIET, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_drawn_with_an_edge() {
        let code = of("https://desk.example.com/l/abcdefghijklmnopqrstuvwxyz").expect("a code");
        // A square of 17 + 4 × version modules; the first row begins with the corner's seven.
        assert_eq!((code.size - 2 * QUIET - 17) % 4, 0);
        assert!(code.path.starts_with("M1 1h7v1h-7z"), "{}", &code.path[..40]);
        assert!(of(&"x".repeat(10_000)).is_none());
    }
}
