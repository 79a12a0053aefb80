//! On which line of a file a record stands.

/// Counts the lines of a file as its records come, in their order.
///
/// The reader of records says where it began to look for one, and the empty lines before it count as lines too.
pub struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    pub fn new(bytes: &'a [u8]) -> Lines<'a> {
        Lines { bytes, at: 0, line: 1 }
    }

    /// The line of the record that was looked for from this byte on; the first line is 1.
    pub fn of(&mut self, from: u64) -> usize {
        let from = usize::try_from(from).unwrap_or(usize::MAX).clamp(self.at, self.bytes.len());
        let empty = self.bytes[from..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = &self.bytes[self.at..from + empty];
        self.line += passed
            .iter()
            .enumerate()
            .filter(|(place, byte)| match byte {
                b'\n' => true,
                b'\r' => passed.get(place + 1) != Some(&b'\n'),
                _ => false,
            })
            .count();
        self.at = from + empty;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(usize, String)> {
        let mut lines = Lines::new(text.as_bytes());
        let mut file = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let told = |record: csv::StringRecord, lines: &mut Lines<'_>| {
            (lines.of(record.position().unwrap().byte()), record[0].to_owned())
        };
        file.records().map(|record| told(record.unwrap(), &mut lines)).collect()
    }

    #[test]
    fn empty_lines_count_and_so_do_those_within_a_cell() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a,b", "", "c,d", "", "", "\"e", "e\",f", "g,h"].join(end);
            let told = lines(&text).into_iter().map(|(line, cell)| (line, cell[..1].to_owned()));
            let right = [(1, "a"), (3, "c"), (6, "e"), (8, "g")].map(|(line, cell)| (line, cell.to_owned()));
            assert_eq!(told.collect::<Vec<_>>(), right, "{end:?}");
        }
    }
}
