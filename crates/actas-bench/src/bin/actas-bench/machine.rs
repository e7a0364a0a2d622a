use std::fs;
use std::process::Command;

/// What of the machine the figures depend on.
pub(crate) fn machine() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = cpus.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(": "))
            .map_or("unknown", |(_, value)| value)
    };
    let flags: Vec<&str> = field("flags").split(' ').collect();
    let telling = [
        "avx2",
        "avx512f",
        "avx512ifma",
        "vaes",
        "bmi2",
        "adx",
        "sha_ni",
    ];
    let flags: Vec<&str> = telling
        .into_iter()
        .filter(|flag| flags.contains(flag))
        .collect();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{}, {cores} cores, {}",
        field("model name"),
        flags.join(" ")
    )
}

/// The first line that a program says of itself.
pub(crate) fn version_of(program: &str, argument: &str) -> String {
    let output = Command::new(program).arg(argument).output();
    let said = output.map(|output| {
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    });
    said.ok()
        .and_then(|said| said.lines().next().map(str::to_owned))
        .unwrap_or_else(|| format!("no {program}"))
}

/// Which versions of these crates the lock file names.
pub(crate) fn locked(names: &[&str]) -> String {
    let lock = include_str!("../../../Cargo.lock");
    let packages = lock.split("[[package]]").filter_map(|package| {
        let field = |name| package.lines().find_map(|line| line.strip_prefix(name));
        Some((
            field("name = ")?.trim_matches('"'),
            field("version = ")?.trim_matches('"'),
        ))
    });
    let wanted = packages.filter(|(name, _)| names.contains(name));
    wanted
        .map(|(name, version)| format!("{name} {version}"))
        .collect::<Vec<_>>()
        .join(", ")
}
