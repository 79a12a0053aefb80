//! The secrets themselves: where they are kept, and how a new one comes and old ones go.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The secrets of a desk, the current one first. There is always one, and none is shorter than 32 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Ring {
    secrets: Vec<Vec<u8>>,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    #[error(
        "each secret key must be base64 of 32 bytes or more, one a line in secret.key, separated by commas in PAYDESK_KEY"
    )]
    Malformed,
    #[error("the same secret key stands there twice: leave one of them out")]
    Twice,
}

const SHORTEST: usize = 32;

impl Ring {
    /// A ring of these secrets; the caller has checked them.
    pub fn of(secrets: Vec<Vec<u8>>) -> Ring {
        assert!(!secrets.is_empty(), "a ring has a secret");
        Ring { secrets }
    }

    /// Reads secrets in base64, separated by line ends or commas.
    pub fn parse(text: &str) -> Result<Ring, RingError> {
        let parts = text.split(['\n', ',']).map(str::trim).filter(|part| !part.is_empty());
        let secrets: Vec<Vec<u8>> =
            parts.map(|part| STANDARD.decode(part)).collect::<Result<_, _>>().map_err(|_| RingError::Malformed)?;
        if secrets.is_empty() || secrets.iter().any(|secret| secret.len() < SHORTEST) {
            return Err(RingError::Malformed);
        }
        let twice = secrets.iter().enumerate().any(|(place, secret)| secrets[..place].contains(secret));
        if twice { Err(RingError::Twice) } else { Ok(Ring { secrets }) }
    }

    /// Reads `DIR/secret.key`; none when there is no such file.
    pub fn read(directory: &Path) -> Result<Option<Ring>, RingError> {
        let path = file(directory);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ring::parse(&text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(RingError::File(path, error)),
        }
    }

    /// Reads `DIR/secret.key`, which is made with one new secret when missing.
    pub fn read_or_make(directory: &Path) -> Result<Ring, RingError> {
        if let Some(ring) = Ring::read(directory)? {
            return Ok(ring);
        }
        let ring = Ring { secrets: vec![new_secret()] };
        let path = file(directory);
        let part = write_part(&path, &ring.text()).map_err(|error| RingError::File(path.clone(), error))?;
        // A link, unlike a rename, never replaces the secret that another process made at the same moment.
        let linked = std::fs::hard_link(&part, &path);
        let _ = std::fs::remove_file(&part);
        match linked {
            Ok(()) => sync(directory).map(|()| ring).map_err(|error| RingError::File(path, error)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Ring::read(directory)?.ok_or(RingError::Malformed)
            }
            Err(error) => Err(RingError::File(path, error)),
        }
    }

    /// The same ring with a new secret in front.
    pub fn with_new(&self) -> Ring {
        Ring { secrets: std::iter::once(new_secret()).chain(self.secrets.iter().cloned()).collect() }
    }

    /// The current secret alone.
    pub fn without_old(&self) -> Ring {
        Ring { secrets: vec![self.secrets[0].clone()] }
    }

    /// How many secrets are older than the current one.
    pub fn old(&self) -> usize {
        self.secrets.len() - 1
    }

    /// Replaces `DIR/secret.key`: after a crash it holds the ring before or the ring after, whole.
    pub fn write(&self, directory: &Path) -> Result<(), RingError> {
        let path = file(directory);
        let replace = || -> io::Result<()> {
            std::fs::rename(write_part(&path, &self.text())?, &path)?;
            sync(directory)
        };
        replace().map_err(|error| RingError::File(path.clone(), error))
    }

    pub(super) fn secrets(&self) -> &[Vec<u8>] {
        &self.secrets
    }

    fn text(&self) -> String {
        self.secrets.iter().map(|secret| STANDARD.encode(secret) + "\n").collect()
    }
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ring({})", self.secrets.len())
    }
}

fn file(directory: &Path) -> PathBuf {
    directory.join("secret.key")
}

fn new_secret() -> Vec<u8> {
    rand::random::<[u8; SHORTEST]>().to_vec()
}

/// Writes a file beside `path` that only its owner reads, down to the disk.
fn write_part(path: &Path, text: &str) -> io::Result<PathBuf> {
    let part = path.with_extension(format!("part-{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(part)
}

/// Makes a new name in the directory last.
fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_made_once_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(Ring::read(directory.path()).unwrap(), None);
        let made = Ring::read_or_make(directory.path()).unwrap();
        assert_eq!(Ring::read_or_make(directory.path()).unwrap(), made);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left beside it");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(file(directory.path())).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_new_secret_stands_first_and_old_ones_can_go() {
        let directory = tempfile::tempdir().unwrap();
        let first = Ring::read_or_make(directory.path()).unwrap();
        let second = first.with_new();
        second.write(directory.path()).unwrap();
        let read = Ring::read(directory.path()).unwrap().unwrap();
        assert_eq!(read, second);
        assert_eq!((read.old(), &read.secrets()[1]), (1, &first.secrets()[0]));
        read.without_old().write(directory.path()).unwrap();
        let left = Ring::read(directory.path()).unwrap().unwrap();
        assert_eq!((left.old(), &left.secrets()[0]), (0, &second.secrets()[0]));
    }

    #[test]
    fn secrets_are_base64_long_enough_and_different() {
        let long = STANDARD.encode([1; 32]);
        let other = STANDARD.encode([2; 40]);
        assert_eq!(Ring::parse(&format!("{long},{other}")).unwrap().old(), 1);
        assert_eq!(Ring::parse(&format!(" {long} \n\n{other}\n")).unwrap().old(), 1);
        for wrong in ["", " \n", "not base64!", &STANDARD.encode([1; 31]), &format!("{long},short")] {
            assert!(matches!(Ring::parse(wrong), Err(RingError::Malformed)), "{wrong}");
        }
        assert!(matches!(Ring::parse(&format!("{long},{long}")), Err(RingError::Twice)));
    }
}
