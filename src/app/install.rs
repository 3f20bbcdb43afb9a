//! How this redis-lab came to this machine, and which others PATH has.

use catalog::lang::Lang;
use std::env;
use std::path::{Path, PathBuf};

/// How the running program was installed, in words; as far as its place tells.
pub(super) fn how(lang: Lang) -> String {
    let Ok(program) = env::current_exe() else {
        return lang.pick("unknown", "nie wiadomo").to_owned();
    };
    let real = program.canonicalize().unwrap_or_else(|_| program.clone());
    let way = by_place(
        &real,
        env::var_os("CARGO_HOME").map(PathBuf::from).as_deref(),
    );
    let way = match way {
        Way::Npm => "npm",
        Way::Uv => "uv",
        Way::Pipx => "pipx",
        Way::Pip => "pip",
        Way::CargoInstall => "cargo install",
        Way::Deb => lang.pick("a package of the system", "pakiet systemowy"),
        Way::Built => lang.pick("built here by cargo", "zbudowany tu przez cargo"),
        Way::File => lang.pick("a file by itself", "pojedynczy plik"),
    };
    format!("{way}: {}", program.display())
}

/// The other programs of this name on PATH, in its order.
pub(super) fn others() -> Vec<PathBuf> {
    let own = env::current_exe().and_then(|program| program.canonicalize());
    let name = format!("redis-lab{}", env::consts::EXE_SUFFIX);
    let mut found: Vec<PathBuf> = Vec::new();
    let mut seen: Vec<PathBuf> = own.into_iter().collect();
    for folder in env::split_paths(&env::var_os("PATH").unwrap_or_default()) {
        let program = folder.join(&name);
        let Ok(real) = program.canonicalize() else {
            continue;
        };
        if real.is_file() && !seen.contains(&real) {
            seen.push(real);
            found.push(program);
        }
    }
    found
}

#[derive(Debug, PartialEq, Eq)]
enum Way {
    Npm,
    Uv,
    Pipx,
    Pip,
    CargoInstall,
    Deb,
    Built,
    File,
}

/// What the place of a program says about who put it there.
fn by_place(program: &Path, cargo_home: Option<&Path>) -> Way {
    let part = |name: &str| program.components().any(|part| part.as_os_str() == name);
    let folder = program.parent().unwrap_or(program);
    if part("node_modules") {
        Way::Npm
    } else if part("uv") && (part("tools") || part("archive-v0")) {
        Way::Uv
    } else if part("pipx") {
        Way::Pipx
    } else if has_wheel(folder) {
        Way::Pip
    } else if cargo_home.is_some_and(|home| folder == home.join("bin")) || part(".cargo") {
        Way::CargoInstall
    } else if folder == Path::new("/usr/bin") {
        Way::Deb
    } else if folder.join(".fingerprint").is_dir() {
        Way::Built
    } else {
        Way::File
    }
}

/// Whether the environment that this `bin` (on Windows `Scripts`) folder
/// belongs to has redis-lab as a Python package.
fn has_wheel(folder: &Path) -> bool {
    let Some(root) = folder.parent() else {
        return false;
    };
    let names = |folder: &Path| -> Vec<PathBuf> {
        let entries = folder.read_dir().into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let mut packages = vec![root.join("Lib").join("site-packages")];
    for version in names(&root.join("lib")) {
        packages.push(version.join("site-packages"));
        packages.push(version.join("dist-packages"));
    }
    packages.iter().any(|packages| {
        names(packages).iter().any(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("redis_lab-") && name.ends_with(".dist-info")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_tells_who_installed_it() {
        for (program, way) in [
            ("/usr/bin/redis-lab", Way::Deb),
            ("/home/ala/.cargo/bin/redis-lab", Way::CargoInstall),
            ("/opt/cargo/bin/redis-lab", Way::CargoInstall),
            (
                "/home/ala/.npm/_npx/1/node_modules/redis-lab/redis-lab",
                Way::Npm,
            ),
            (
                "/home/ala/.local/share/uv/tools/redis-lab/bin/redis-lab",
                Way::Uv,
            ),
            (
                "/home/ala/.local/pipx/venvs/redis-lab/bin/redis-lab",
                Way::Pipx,
            ),
            ("/home/ala/Downloads/redis-lab", Way::File),
        ] {
            let cargo_home = Some(Path::new("/opt/cargo"));
            assert_eq!(by_place(Path::new(program), cargo_home), way, "{program}");
        }
    }

    #[test]
    fn a_wheel_is_known_by_its_package() {
        let root = tempfile::tempdir().unwrap();
        let bin = root.path().join("bin");
        let wheel = "lib/python3.11/site-packages/redis_lab-0.1.0.dist-info";
        std::fs::create_dir_all(root.path().join(wheel)).unwrap();
        std::fs::create_dir_all(&bin).unwrap();
        assert_eq!(by_place(&bin.join("redis-lab"), None), Way::Pip);
    }
}
