//! Files as evidence on cases: what may be one, and what it is called.

use serde::{Deserialize, Serialize};

use super::ids::{CaseId, EvidenceId};

/// The largest file, in bytes.
pub const LARGEST: usize = 2 * 1024 * 1024;
/// The most files of a case, withdrawn ones too.
pub const MOST: i64 = 10;
/// The longest name, in characters.
const LONGEST_NAME: usize = 80;

/// What a file is, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Pdf,
    Png,
    Jpeg,
    Text,
    Csv,
}

/// A file on a case, without its content. Times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Evidence {
    pub id: EvidenceId,
    pub case_id: CaseId,
    pub name: String,
    pub kind: Kind,
    /// In bytes.
    pub size: i64,
    /// In hex.
    pub sha256: String,
    pub staff_name: String,
    pub withdrawn_at: Option<i64>,
    pub withdrawer_name: Option<String>,
    pub withdrawn_reason: Option<String>,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Pdf => "pdf",
            Kind::Png => "png",
            Kind::Jpeg => "jpeg",
            Kind::Text => "text",
            Kind::Csv => "csv",
        }
    }

    /// What it is downloaded as.
    pub fn content_type(self) -> &'static str {
        match self {
            Kind::Pdf => "application/pdf",
            Kind::Png => "image/png",
            Kind::Jpeg => "image/jpeg",
            Kind::Text => "text/plain; charset=utf-8",
            Kind::Csv => "text/csv; charset=utf-8",
        }
    }

    /// What people call it.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Pdf => "PDF",
            Kind::Png => "PNG image",
            Kind::Jpeg => "JPEG image",
            Kind::Text => "Text",
            Kind::Csv => "CSV",
        }
    }

    /// The endings that names of such files have, the usual one first.
    fn endings(self) -> &'static [&'static str] {
        match self {
            Kind::Pdf => &["pdf"],
            Kind::Png => &["png"],
            Kind::Jpeg => &["jpg", "jpeg"],
            Kind::Text => &["txt"],
            Kind::Csv => &["csv"],
        }
    }

    /// What the bytes are, whatever the file is called: text is a CSV only by its name.
    fn of(bytes: &[u8]) -> Option<Kind> {
        if bytes.starts_with(b"%PDF-") {
            return Some(Kind::Pdf);
        }
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Some(Kind::Png);
        }
        if bytes.starts_with(b"\xff\xd8\xff") {
            return Some(Kind::Jpeg);
        }
        let text = std::str::from_utf8(bytes).ok()?;
        let readable = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{c}');
        text.chars().all(readable).then_some(Kind::Text)
    }
}

/// The name to keep and what the file is.
///
/// Errors: what is wrong with it, to be read after "file": it names the file.
pub fn check(name: &str, bytes: &[u8]) -> Result<(String, Kind), String> {
    let name = clean(name);
    if bytes.is_empty() {
        return Err(format!("{name} is empty"));
    }
    if bytes.len() > LARGEST {
        return Err(format!("{name} is larger than 2 MB: send a smaller one, or only the page that matters"));
    }
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem.to_owned(), ending.to_lowercase()),
        _ => (name.clone(), String::new()),
    };
    let wanted = "only PDF, PNG, JPEG, plain text and CSV are kept";
    let Some(found) = Kind::of(bytes) else {
        return Err(format!("{name} is of another kind: {wanted}"));
    };
    let found = if found == Kind::Text && ending == "csv" { Kind::Csv } else { found };
    if ending.is_empty() {
        return Ok((format!("{stem}.{}", found.endings()[0]), found));
    }
    if found.endings().contains(&ending.as_str()) {
        return Ok((name, found));
    }
    Err(match [Kind::Pdf, Kind::Png, Kind::Jpeg].into_iter().find(|kind| kind.endings().contains(&ending.as_str())) {
        Some(said) => format!("{name} is no {}, whatever its name says: {wanted}", said.words()),
        None => format!("{name} ends in .{ending}: {wanted}, each under its own ending"),
    })
}

/// The last part of a path without what could mislead: control characters, quotes, marks that turn the reading
/// direction, dots in front.
fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let misleads = |c: char| {
        c.is_control()
            || matches!(c, '"' | '<' | '>' | ':' | '|' | '?' | '*' | ';' | '%')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let plain: String = last.chars().filter(|c| !misleads(*c)).collect();
    let plain = plain.trim().trim_start_matches('.').trim();
    let letters = plain.chars().count();
    if letters == 0 {
        return "file".to_owned();
    }
    if letters <= LONGEST_NAME {
        return plain.to_owned();
    }
    // The ending stays.
    let ending: String = match plain.rsplit_once('.') {
        Some((_, ending)) if ending.chars().count() <= 5 => format!(".{ending}"),
        _ => String::new(),
    };
    let kept: String = plain.chars().take(LONGEST_NAME - ending.chars().count()).collect();
    format!("{}{ending}", kept.trim_end_matches(['.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_content_says() {
        for (name, bytes, kind) in [
            ("statement.pdf", b"%PDF-1.7 ...".as_slice(), Kind::Pdf),
            ("Screen.PNG", b"\x89PNG\r\n\x1a\n....", Kind::Png),
            ("photo.jpeg", b"\xff\xd8\xff\xe0....", Kind::Jpeg),
            ("call.txt", "Überwiesen am 3.".as_bytes(), Kind::Text),
            ("rows.csv", b"a,b\r\n1,2\r\n", Kind::Csv),
        ] {
            assert_eq!(check(name, bytes), Ok((name.to_owned(), kind)));
        }
        assert_eq!(check("statement", b"%PDF-1.7").unwrap().0, "statement.pdf");
        for (name, bytes) in [
            ("statement.pdf", b"MZ\x90\x00\x03".as_slice()),
            ("statement.pdf", b"just text"),
            ("photo.png", b"%PDF-1.7"),
            ("page.html", b"<script>alert(1)</script>"),
            ("drawing.svg", b"<svg/>"),
            ("tool.exe", b"\x00\x01"),
            ("empty.txt", b""),
            ("control.txt", b"a\x07b"),
        ] {
            let refused = check(name, bytes).unwrap_err();
            assert!(refused.starts_with(name), "{refused}");
        }
        let large = vec![b'a'; LARGEST + 1];
        assert!(check("large.txt", &large).unwrap_err().contains("larger than 2 MB"));
        assert!(check("fits.txt", &large[..LARGEST]).is_ok());
    }

    #[test]
    fn a_name_keeps_nothing_that_misleads() {
        for (given, kept) in [
            ("../../etc/passwd.txt", "passwd.txt"),
            ("C:\\Users\\a\\Beleg \u{202e}fdp.txt", "Beleg fdp.txt"),
            ("a\"b\r\nSet-Cookie: x.txt", "abSet-Cookie x.txt"),
            ("...hidden.txt", "hidden.txt"),
            ("", "file.txt"),
        ] {
            assert_eq!(check(given, b"text").unwrap().0, kept, "{given:?}");
        }
        let long = check(&format!("{}.pdf", "é".repeat(300)), b"%PDF-").unwrap().0;
        assert!(long.chars().count() == LONGEST_NAME && long.ends_with("é.pdf"), "{long}");
    }
}
