# Reads `cargo metadata`: every published crate declares its rust-version, and no dependency asks for a later one.
def version: split(".") | map(tonumber) | . + [0, 0] | .[:3];
def normal: [.deps[] | select(any(.dep_kinds[]; .kind == null or .kind == "build")) | .pkg];

(.packages | map({key: .id, value: .}) | from_entries) as $packages
| (.resolve.nodes | map({key: .id, value: normal}) | from_entries) as $deps
| def closure($found):
    ([$found[] | $deps[.][]] | unique) as $next
    | if ($next - $found) == [] then $found else closure($found + $next | unique) end;
[
    .workspace_members[] | $packages[.] | select(.publish != [])
    | . as $crate
    | if .rust_version == null then "\(.name): declares no rust-version"
      else closure([.id])[] | $packages[.]
        | select(.rust_version != null and (.rust_version | version) > ($crate.rust_version | version))
        | "\($crate.name): rust-version \($crate.rust_version), but \(.name) \(.version) asks for \(.rust_version)"
      end
] as $problems
| ($problems[]), (if $problems == [] then "as declared" else false end)
