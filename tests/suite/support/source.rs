//! Reads the program's own text, for tests about how it is built.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the tree.
pub struct Source {
    /// Below the top of the tree, with slashes: `src/web/today.rs`.
    pub path: String,
    pub text: String,
}

/// The files under a folder that end like this, in order.
pub fn files(folder: &str, ending: &str) -> Vec<Source> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![top.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the tree") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(Source { path: below(top, &path), text: fs::read_to_string(&path).expect("text") });
            }
        }
    }
    assert!(!found.is_empty(), "nothing ends with {ending} in {folder}");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

impl Source {
    /// The lines that run in the desk, with their numbers: no comments, and not the tests at the end of the file.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().zip(1..).map(|(line, number)| (number, line));
        lines.take_while(|(_, line)| *line != "#[cfg(test)]").filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn below(top: &Path, path: &Path) -> String {
    let path: PathBuf = path.strip_prefix(top).expect("below the top").to_owned();
    path.to_string_lossy().replace('\\', "/")
}
