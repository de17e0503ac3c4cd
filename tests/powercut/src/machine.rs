//! A disk under a loop device under ext4, for as long as the value lives; and what it takes.

use std::path::{Path, PathBuf};
use std::process::Command;

use fuser::{BackgroundSession, Config, MountOption};

use crate::disk::{Disk, NAME};

/// Room for the journal and a small store.
const DISK_LEN: u64 = 24 << 20;

/// Runs a program; what it says if it fails.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program} {arguments:?}: {}", said.trim()))
}

/// What this machine lacks.
pub(crate) fn missing() -> Vec<String> {
    let mut missing = Vec::new();
    if run("id", &["-u"]) != Ok("0".to_owned()) {
        missing.push("root's rights, to mount".to_owned());
    }
    for device in ["/dev/fuse", "/dev/loop-control"] {
        if !Path::new(device).exists() {
            missing.push(device.to_owned());
        }
    }
    let known = std::fs::read_to_string("/proc/filesystems").unwrap_or_default();
    if !known.split_whitespace().any(|name| name == "ext4") {
        missing.push("ext4 in the kernel".to_owned());
    }
    for program in ["mkfs.ext4", "losetup", "mount", "umount", "cc"] {
        let found = std::env::var_os("PATH").is_some_and(|path| {
            std::env::split_paths(&path).any(|folder| folder.join(program).exists())
        });
        if !found {
            missing.push(format!("the program {program}"));
        }
    }
    missing
}

/// The bytes of an empty ext4.
pub(crate) fn formatted(work: &Path) -> Result<Vec<u8>, String> {
    let path = work.join("empty");
    let file = std::fs::File::create(&path).map_err(|e| e.to_string())?;
    file.set_len(DISK_LEN).map_err(|e| e.to_string())?;
    let name = path.to_str().ok_or("the folder's name is no text")?;
    run(
        "mkfs.ext4",
        &["-q", "-F", "-b", "4096", "-J", "size=4", name],
    )?;
    std::fs::read(&path).map_err(|e| e.to_string())
}

/// A running machine.
pub(crate) struct Machine {
    pub(crate) disk: Disk,
    /// Where its file system is mounted.
    pub(crate) root: PathBuf,
    device: String,
    _fuse: BackgroundSession,
}

impl Machine {
    /// Starts one on a disk with these bytes.
    pub(crate) fn start(work: &Path, bytes: Vec<u8>) -> Result<Self, String> {
        let (fuse, root) = (work.join("fuse"), work.join("root"));
        for folder in [&fuse, &root] {
            std::fs::create_dir_all(folder).map_err(|e| e.to_string())?;
        }
        let disk = Disk::new(bytes);
        let mut config = Config::default();
        config
            .mount_options
            .push(MountOption::FSName("powercut".to_owned()));
        let session = fuser::spawn_mount(disk.clone(), &fuse, &config)
            .map_err(|error| format!("FUSE: {error}"))?;
        let file = fuse.join(NAME);
        let file = file.to_str().ok_or("the folder's name is no text")?;
        let device = run("losetup", &["--direct-io=on", "--show", "-f", file])?;
        let machine = Self {
            disk,
            root,
            device,
            _fuse: session,
        };
        run("mount", &["-t", "ext4", &machine.device, machine.path()])?;
        Ok(machine)
    }

    fn path(&self) -> &str {
        self.root.to_str().unwrap_or_default()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Whatever of these fails is gone already or stays for people to see.
        for (program, arguments) in [
            ("umount", vec![self.path()]),
            ("losetup", vec!["-d", &self.device]),
        ] {
            if let Err(error) = run(program, &arguments) {
                eprintln!("{error}");
            }
        }
    }
}

/// Mounts an image as a machine finds it when it starts again, and looks into it.
pub(crate) fn started_from<T>(
    work: &Path,
    image: &[u8],
    look: impl FnOnce(&Path) -> T,
) -> Result<T, String> {
    let (path, root) = (work.join("image"), work.join("again"));
    std::fs::create_dir_all(&root).map_err(|e| e.to_string())?;
    std::fs::write(&path, image).map_err(|e| e.to_string())?;
    let name = |path: &Path| path.to_str().unwrap_or_default().to_owned();
    run(
        "mount",
        &["-t", "ext4", "-o", "loop", &name(&path), &name(&root)],
    )?;
    let seen = look(&root);
    run("umount", &[&name(&root)])?;
    Ok(seen)
}
