//! Who holds a store's lock, as far as Linux says it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{major, minor};

/// The process that holds the writer's lock on the store in `dir`.
pub(crate) fn holder(dir: &Path) -> Option<u32> {
    let locked = fs::metadata(dir.join("SUPER.0")).ok()?;
    let (device, inode) = (locked.dev(), locked.ino());
    let file = format!("{:02x}:{:02x}:{inode}", major(device), minor(device));
    find(&fs::read_to_string("/proc/locks").ok()?, &file)
}

/// Finds the process in lines such as `1: FLOCK  ADVISORY  WRITE 23666 fe:00:10035261 0 EOF`.
fn find(locks: &str, file: &str) -> Option<u32> {
    locks.lines().find_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let flock = fields.next()? == "FLOCK";
        let mut fields = fields.skip(2);
        let process = fields.next()?.parse().ok()?;
        (flock && fields.next()? == file).then_some(process)
    })
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn the_process_of_the_file() {
        let locks = "1: POSIX  ADVISORY  READ  17 08:01:42 128 128\n\
                     2: FLOCK  ADVISORY  WRITE 23666 fe:00:10035261 0 EOF\n\
                     3: -> FLOCK  ADVISORY  WRITE 23667 fe:00:10035261 0 EOF\n";
        assert_eq!(find(locks, "fe:00:10035261"), Some(23666));
        assert_eq!(find(locks, "08:01:42"), None);
        assert_eq!(find("", "08:01:42"), None);
        assert_eq!(find("1:\n2: FLOCK\n", "08:01:42"), None);
    }
}
