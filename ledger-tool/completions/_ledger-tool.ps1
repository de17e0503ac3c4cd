
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'ledger-tool' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'ledger-tool'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'ledger-tool' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Creates a store in an empty or missing directory')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Appends the entries of a file to a ledger')
            [CompletionResult]::new('info', 'info', [CompletionResultType]::ParameterValue, 'Says what a store holds: height, sizes, roots')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Checks a store: frames, chain, trees, indexes')
            [CompletionResult]::new('stat', 'stat', [CompletionResultType]::ParameterValue, 'Says what takes how much space: log, tiles, states, what is dead or torn; and how it grows')
            [CompletionResult]::new('entry', 'entry', [CompletionResultType]::ParameterValue, 'Prints one entry')
            [CompletionResult]::new('dump', 'dump', [CompletionResultType]::ParameterValue, 'Prints the entries of a ledger')
            [CompletionResult]::new('state', 'state', [CompletionResultType]::ParameterValue, 'Writes and reads states: keys and values beside a ledger''s entries')
            [CompletionResult]::new('proof', 'proof', [CompletionResultType]::ParameterValue, 'Makes, checks and draws proofs')
            [CompletionResult]::new('keys', 'keys', [CompletionResultType]::ParameterValue, 'Makes and shows keys that sign checkpoints')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Decodes bytes on the disk as far as they can be, damaged ones too')
            [CompletionResult]::new('render', 'render', [CompletionResultType]::ParameterValue, 'Draws trees, proofs, segments and growth: as text, SVG, DOT or HTML')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Writes one page to attach to a ticket: verdict, findings, roots, sizes, growth, proofs; no scripts, nothing to be fetched, and no entry, key or value but those of the proofs given')
            [CompletionResult]::new('explore', 'explore', [CompletionResultType]::ParameterValue, 'Serves pages to browse a store, for this machine alone; nothing can be changed by them. Runs until Ctrl-C')
            [CompletionResult]::new('checkpoint', 'checkpoint', [CompletionResultType]::ParameterValue, 'Signs, verifies and compares checkpoints: a tree''s size and root, signed')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Writes a ledger in a form that others read')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Says where two stores part: the first height, entry and key')
            [CompletionResult]::new('backup', 'backup', [CompletionResultType]::ParameterValue, 'Makes a copy of a store, beside its writer if there is one, or brings one up to date')
            [CompletionResult]::new('restore', 'restore', [CompletionResultType]::ParameterValue, 'Makes a store from a copy, in a new directory, and verifies it')
            [CompletionResult]::new('truncate', 'truncate', [CompletionResultType]::ParameterValue, 'Takes a store back to an earlier height; plans, unless --apply is given')
            [CompletionResult]::new('repair', 'repair', [CompletionResultType]::ParameterValue, 'Makes a damaged store whole again, as far as that can be proven; plans, unless --apply is given')
            [CompletionResult]::new('recover', 'recover', [CompletionResultType]::ParameterValue, 'Brings all that verifies of a damaged store into a new directory, and says what is missing')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Drops the states of old heights and gives their space back; says what it would do, and does it with --apply. Entries, roots and proofs of entries stay')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Shows the main job on real data: two genesis ledgers, two proofs, one verification')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explains a code such as E-FRAME-CRC: cause, effect, remedy')
            [CompletionResult]::new('bench', 'bench', [CompletionResultType]::ParameterValue, 'Measures this machine: commits, appending, proofs, states; checks the results first')
            [CompletionResult]::new('debug-bundle', 'debug-bundle', [CompletionResultType]::ParameterValue, 'Writes what helps others to help: sizes, superblocks, findings, roots; no entry, key or value')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Prints a script that makes a shell complete commands and options')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Prints the manual page of a command, for `man -l -`')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'Prints the version of the tool and of the format it reads and writes')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ledger-tool;init' {
            [CompletionResult]::new('--network', '--network', [CompletionResultType]::ParameterName, 'Identity of the network, the same on all its replicas')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'A ledger; may be given several times. TREE is sha256, which others read too, or blake3, which is faster. STATE is none, or the hash of a state''s nodes: blake3, keccak256 as Ethereum, sha3-256 as Indy Plenum, or sha256; with `hashed` after it, keys are hashed too')
            [CompletionResult]::new('--lookup', '--lookup', [CompletionResultType]::ParameterName, 'How a ledger''s entries can be found: by leaf hash (hash), by unique ids that import gives them (id), or both, with a comma between. Ids are unique over all ledgers with one SPACE, which is the ledger''s name if none is given')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;import' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger to append to')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What the file holds')
            [CompletionResult]::new('--batch', '--batch', [CompletionResultType]::ParameterName, 'Entries in one commit; a commit takes at most 16 MiB of them, unless one entry has more')
            [CompletionResult]::new('--time', '--time', [CompletionResultType]::ParameterName, 'Time of the commits: RFC 3339, or milliseconds since 1970; now, if it is not given. Never before the last commit''s')
            [CompletionResult]::new('--id-field', '--id-field', [CompletionResultType]::ParameterName, 'The member of each JSON entry that is its unique id, a text or a number, or a JSON pointer to it (/txn/digest); an id that is known ends the import. For jsonl')
            [CompletionResult]::new('--keys', '--keys', [CompletionResultType]::ParameterName, 'Verifier keys that you trust to sign the checkpoint of tiles, one a line')
            [CompletionResult]::new('--origin', '--origin', [CompletionResultType]::ParameterName, 'The log that the tiles are of; <network>/<ledger> of the store, if it is not given')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'Also writes the ledger''s state as Plenum''s pool and domain ledgers do; for plenum-genesis')
            [CompletionResult]::new('--quiet-commits', '--quiet-commits', [CompletionResultType]::ParameterName, 'Prints only the last `committed HEIGHT TREE_SIZE`')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ledger-tool;info' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;verify' {
            [CompletionResult]::new('--level', '--level', [CompletionResultType]::ParameterName, 'How much is looked at')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Leaves out what this signed checkpoint of the audit tree vouches for, and shows that the log leads to its root; without --keys the file is trusted as it lies there')
            [CompletionResult]::new('--keys', '--keys', [CompletionResultType]::ParameterName, 'Verifier keys that must have signed the checkpoint, one a line')
            [CompletionResult]::new('--quorum', '--quorum', [CompletionResultType]::ParameterName, 'How many of the keys must have signed')
            [CompletionResult]::new('--trust', '--trust', [CompletionResultType]::ParameterName, 'A root of the audit tree that you know from elsewhere; the size is the height')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Threads, each in the memory of a segment; as many as there are processors, if not given')
            [CompletionResult]::new('--rate-limit', '--rate-limit', [CompletionResultType]::ParameterName, 'Reads no faster: so many bytes a second, as 200MiB/s')
            [CompletionResult]::new('--max-duration', '--max-duration', [CompletionResultType]::ParameterName, 'Stops after this time with exit code 3: a number and one of s, m, h, d, w')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Goes on from this file if it is there, writes it where the work is stopped, and removes it when all is done. Not for states made anew (--level deep)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--direct', '--direct', [CompletionResultType]::ParameterName, 'Reads past the page cache, and finds damage that it hides')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ledger-tool;stat' {
            [CompletionResult]::new('--by', '--by', [CompletionResultType]::ParameterName, 'Also a line for each of these')
            [CompletionResult]::new('--level', '--level', [CompletionResultType]::ParameterName, 'How much is looked at')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Draws growth with ASCII characters alone')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ledger-tool;entry' {
            [CompletionResult]::new('--hash', '--hash', [CompletionResultType]::ParameterName, 'The first entry with this leaf hash, in hex; the ledger needs the look-up `hash`')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'The entry with this id; the ledger needs the look-up `id`')
            [CompletionResult]::new('--id-hex', '--id-hex', [CompletionResultType]::ParameterName, 'The entry with this id, given in hex')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'Prints the entry''s bytes and nothing else')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;dump' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'The first entry')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The entry after the last; all, if it is not given')
            [CompletionResult]::new('--height', '--height', [CompletionResultType]::ParameterName, 'The state as it was at this height; that of now, if it is not given')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How entries are printed')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'Prints the ledger''s state instead, a {"key_hex","value_hex"} a line as `state put` reads it, or key and value as two records')
            [CompletionResult]::new('--salvage', '--salvage', [CompletionResultType]::ParameterName, 'Prints every entry that a damaged log still has, and says which are lost: on stderr, and in jsonl as {"ledger","lost":{"begin","end"}} in their place. Exit code 4 if any are')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ledger-tool;state' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('put', 'put', [CompletionResultType]::ParameterValue, 'Writes keys of a state: a JSON object a line')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Prints the value of a key; exit code 4 if the key is absent')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'Lists keys and values in order of keys')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Prints what differs between two heights')
            [CompletionResult]::new('roots', 'roots', [CompletionResultType]::ParameterValue, 'Prints the state''s root at each height')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ledger-tool;state;put' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger whose state is written')
            [CompletionResult]::new('--batch', '--batch', [CompletionResultType]::ParameterName, 'Lines in one commit; of several for one key the last counts. A commit takes at most 16 MiB of keys and values, unless one line has more')
            [CompletionResult]::new('--time', '--time', [CompletionResultType]::ParameterName, 'Time of the commits: RFC 3339, or milliseconds since 1970; now, if it is not given. Never before the last commit''s')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--quiet-commits', '--quiet-commits', [CompletionResultType]::ParameterName, 'Prints only the last `committed HEIGHT TREE_SIZE`')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;state;get' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The key, as text')
            [CompletionResult]::new('--key-hex', '--key-hex', [CompletionResultType]::ParameterName, 'The key, in hex')
            [CompletionResult]::new('--height', '--height', [CompletionResultType]::ParameterName, 'The state as it was at this height; that of now, if it is not given')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'Prints the value''s bytes and nothing else')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;state;ls' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger')
            [CompletionResult]::new('--prefix', '--prefix', [CompletionResultType]::ParameterName, 'Only keys that start with this text')
            [CompletionResult]::new('--prefix-hex', '--prefix-hex', [CompletionResultType]::ParameterName, 'Only keys that start with these bytes')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Begins with this key, or where it would stand')
            [CompletionResult]::new('--from-hex', '--from-hex', [CompletionResultType]::ParameterName, 'Begins with this key, in hex, or where it would stand')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most so many keys, and then says where to go on')
            [CompletionResult]::new('--height', '--height', [CompletionResultType]::ParameterName, 'The state as it was at this height; that of now, if it is not given')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--reverse', '--reverse', [CompletionResultType]::ParameterName, 'The last keys first')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;state;diff' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'The one height')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The other height')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;state;roots' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'The first height')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The height after the last; all, if it is not given')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;state;help' {
            [CompletionResult]::new('put', 'put', [CompletionResultType]::ParameterValue, 'Writes keys of a state: a JSON object a line')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Prints the value of a key; exit code 4 if the key is absent')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'Lists keys and values in order of keys')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Prints what differs between two heights')
            [CompletionResult]::new('roots', 'roots', [CompletionResultType]::ParameterValue, 'Prints the state''s root at each height')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ledger-tool;state;help;put' {
            break
        }
        'ledger-tool;state;help;get' {
            break
        }
        'ledger-tool;state;help;ls' {
            break
        }
        'ledger-tool;state;help;diff' {
            break
        }
        'ledger-tool;state;help;roots' {
            break
        }
        'ledger-tool;state;help;help' {
            break
        }
        'ledger-tool;proof' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('inclusion', 'inclusion', [CompletionResultType]::ParameterValue, 'Proves that an entry, or several at any indices, is in a tree')
            [CompletionResult]::new('consistency', 'consistency', [CompletionResultType]::ParameterValue, 'Proves that a tree begins with an earlier one')
            [CompletionResult]::new('range', 'range', [CompletionResultType]::ParameterValue, 'Proves that consecutive entries are in a tree')
            [CompletionResult]::new('state', 'state', [CompletionResultType]::ParameterValue, 'Proves the value or the absence of keys of a state')
            [CompletionResult]::new('subtree-inclusion', 'subtree-inclusion', [CompletionResultType]::ParameterValue, 'Proves that an entry is in a subtree (Merkle Tree Certificates)')
            [CompletionResult]::new('subtree-consistency', 'subtree-consistency', [CompletionResultType]::ParameterValue, 'Proves that a subtree is part of a tree (Merkle Tree Certificates)')
            [CompletionResult]::new('bundle', 'bundle', [CompletionResultType]::ParameterValue, 'Proves an entry, or a key present or absent, all the way to the audit root of a checkpoint')
            [CompletionResult]::new('carry', 'carry', [CompletionResultType]::ParameterValue, 'Carries a proof of an entry on to a later tree; needs no store')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Checks proof files; needs no store')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Draws a proof file as a tree; needs no store')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ledger-tool;proof;inclusion' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger')
            [CompletionResult]::new('--leaf', '--leaf', [CompletionResultType]::ParameterName, 'The leaf index, from 0; given several times, one proof is for all of them')
            [CompletionResult]::new('--hash', '--hash', [CompletionResultType]::ParameterName, 'The first entry with this leaf hash, in hex; the ledger needs the look-up `hash`')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'The entry with this id; the ledger needs the look-up `id`')
            [CompletionResult]::new('--id-hex', '--id-hex', [CompletionResultType]::ParameterName, 'The entry with this id, given in hex')
            [CompletionResult]::new('--size', '--size', [CompletionResultType]::ParameterName, 'The size of the tree; that of now or of the checkpoint, if it is not given')
            [CompletionResult]::new('--checkpoint', '--checkpoint', [CompletionResultType]::ParameterName, 'Puts this signed checkpoint of the tree into the proof')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--audit', '--audit', [CompletionResultType]::ParameterName, 'The audit tree: its leaves are the commit bodies')
            [CompletionResult]::new('--compact', '--compact', [CompletionResultType]::ParameterName, 'Writes the compact binary form instead of JSON')
            [CompletionResult]::new('--tlog', '--tlog', [CompletionResultType]::ParameterName, 'Writes the text form of C2SP tlog-proof, of one entry, instead of JSON')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;proof;consistency' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'The size of the earlier tree, at least 1')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The size of the later tree; that of now or of the checkpoint, if it is not given')
            [CompletionResult]::new('--checkpoint', '--checkpoint', [CompletionResultType]::ParameterName, 'Puts this signed checkpoint of the tree into the proof')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--audit', '--audit', [CompletionResultType]::ParameterName, 'The audit tree: its leaves are the commit bodies')
            [CompletionResult]::new('--compact', '--compact', [CompletionResultType]::ParameterName, 'Writes the compact binary form instead of JSON')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;proof;range' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'The first entry, from 0')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The entry after the last')
            [CompletionResult]::new('--size', '--size', [CompletionResultType]::ParameterName, 'The size of the tree; that of now or of the checkpoint, if it is not given')
            [CompletionResult]::new('--checkpoint', '--checkpoint', [CompletionResultType]::ParameterName, 'Puts this signed checkpoint of the tree into the proof')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--audit', '--audit', [CompletionResultType]::ParameterName, 'The audit tree: its leaves are the commit bodies')
            [CompletionResult]::new('--compact', '--compact', [CompletionResultType]::ParameterName, 'Writes the compact binary form instead of JSON')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;proof;state' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A key, as text; several keys make one proof')
            [CompletionResult]::new('--key-hex', '--key-hex', [CompletionResultType]::ParameterName, 'A key, in hex')
            [CompletionResult]::new('--prefix-hex', '--prefix-hex', [CompletionResultType]::ParameterName, 'All keys that start with these bytes, and that there are no others')
            [CompletionResult]::new('--height', '--height', [CompletionResultType]::ParameterName, 'The state as it was at this height; that of now, if it is not given')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--compact', '--compact', [CompletionResultType]::ParameterName, 'Writes the compact binary form instead of JSON')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;proof;subtree-inclusion' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger')
            [CompletionResult]::new('--leaf', '--leaf', [CompletionResultType]::ParameterName, 'The leaf index in the whole tree, from 0')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'The first entry of the subtree')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The entry after its last')
            [CompletionResult]::new('--checkpoint', '--checkpoint', [CompletionResultType]::ParameterName, 'Puts this signed checkpoint of the tree into the proof')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--audit', '--audit', [CompletionResultType]::ParameterName, 'The audit tree: its leaves are the commit bodies')
            [CompletionResult]::new('--compact', '--compact', [CompletionResultType]::ParameterName, 'Writes the compact binary form instead of JSON')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;proof;subtree-consistency' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'The first entry of the subtree')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The entry after its last')
            [CompletionResult]::new('--size', '--size', [CompletionResultType]::ParameterName, 'The size of the tree; that of now or of the checkpoint, if it is not given')
            [CompletionResult]::new('--checkpoint', '--checkpoint', [CompletionResultType]::ParameterName, 'Puts this signed checkpoint of the tree into the proof')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--audit', '--audit', [CompletionResultType]::ParameterName, 'The audit tree: its leaves are the commit bodies')
            [CompletionResult]::new('--compact', '--compact', [CompletionResultType]::ParameterName, 'Writes the compact binary form instead of JSON')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;proof;bundle' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger')
            [CompletionResult]::new('--leaf', '--leaf', [CompletionResultType]::ParameterName, 'The leaf index of an entry, from 0')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A key of the ledger''s state, as text')
            [CompletionResult]::new('--key-hex', '--key-hex', [CompletionResultType]::ParameterName, 'A key of the ledger''s state, in hex')
            [CompletionResult]::new('--height', '--height', [CompletionResultType]::ParameterName, 'The commit whose roots are proven against; that of the checkpoint, or the last one')
            [CompletionResult]::new('--checkpoint', '--checkpoint', [CompletionResultType]::ParameterName, 'A signed checkpoint of the audit tree, which the bundle then carries')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--compact', '--compact', [CompletionResultType]::ParameterName, 'Writes the compact binary form instead of JSON')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;proof;carry' {
            [CompletionResult]::new('--checkpoint', '--checkpoint', [CompletionResultType]::ParameterName, 'Puts this signed checkpoint of the tree into the proof')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--compact', '--compact', [CompletionResultType]::ParameterName, 'Writes the compact binary form instead of JSON')
            [CompletionResult]::new('--tlog', '--tlog', [CompletionResultType]::ParameterName, 'Writes the text form of C2SP tlog-proof instead of JSON')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;proof;check' {
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'Root and size of the tree, from a source you trust; of a subtree HEX@BEGIN-END; of a bundle those of the audit tree; of a state proof the root alone')
            [CompletionResult]::new('--old-root', '--old-root', [CompletionResultType]::ParameterName, 'Root and size of the earlier tree, or the root of the subtree as HEX@BEGIN-END, of a proof between two roots, from a source you trust')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'The entry that the proof is for: its bytes as they are in the ledger. For a proof of several entries, all of them as `dump --format records` prints them. For many proofs once for each')
            [CompletionResult]::new('--keys', '--keys', [CompletionResultType]::ParameterName, 'Verifier keys, one a line, that you trust to sign the checkpoint in the proof')
            [CompletionResult]::new('--key-hex', '--key-hex', [CompletionResultType]::ParameterName, 'The key that a state proof is for, in hex; for `eth_getProof`, the address or storage key')
            [CompletionResult]::new('--value-hex', '--value-hex', [CompletionResultType]::ParameterName, 'The value that the key has')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'What the state is computed with, as given to `init`; sha3-256 for Plenum''s proofs, if it is not given')
            [CompletionResult]::new('--quorum', '--quorum', [CompletionResultType]::ParameterName, 'How many of the keys must have signed')
            [CompletionResult]::new('--max-age', '--max-age', [CompletionResultType]::ParameterName, 'Of a bundle: how old its commit may be, as 90s, 15m, 24h, 7d or 2w')
            [CompletionResult]::new('--genesis', '--genesis', [CompletionResultType]::ParameterName, 'Of a bundle: the genesis of the network whose nodes must have found its block final')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--absent', '--absent', [CompletionResultType]::ParameterName, 'The key is to be absent')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;proof;show' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'The entry of a tlog proof, which does not hold its hash')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Draws with ASCII characters alone')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;proof;help' {
            [CompletionResult]::new('inclusion', 'inclusion', [CompletionResultType]::ParameterValue, 'Proves that an entry, or several at any indices, is in a tree')
            [CompletionResult]::new('consistency', 'consistency', [CompletionResultType]::ParameterValue, 'Proves that a tree begins with an earlier one')
            [CompletionResult]::new('range', 'range', [CompletionResultType]::ParameterValue, 'Proves that consecutive entries are in a tree')
            [CompletionResult]::new('state', 'state', [CompletionResultType]::ParameterValue, 'Proves the value or the absence of keys of a state')
            [CompletionResult]::new('subtree-inclusion', 'subtree-inclusion', [CompletionResultType]::ParameterValue, 'Proves that an entry is in a subtree (Merkle Tree Certificates)')
            [CompletionResult]::new('subtree-consistency', 'subtree-consistency', [CompletionResultType]::ParameterValue, 'Proves that a subtree is part of a tree (Merkle Tree Certificates)')
            [CompletionResult]::new('bundle', 'bundle', [CompletionResultType]::ParameterValue, 'Proves an entry, or a key present or absent, all the way to the audit root of a checkpoint')
            [CompletionResult]::new('carry', 'carry', [CompletionResultType]::ParameterValue, 'Carries a proof of an entry on to a later tree; needs no store')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Checks proof files; needs no store')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Draws a proof file as a tree; needs no store')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ledger-tool;proof;help;inclusion' {
            break
        }
        'ledger-tool;proof;help;consistency' {
            break
        }
        'ledger-tool;proof;help;range' {
            break
        }
        'ledger-tool;proof;help;state' {
            break
        }
        'ledger-tool;proof;help;subtree-inclusion' {
            break
        }
        'ledger-tool;proof;help;subtree-consistency' {
            break
        }
        'ledger-tool;proof;help;bundle' {
            break
        }
        'ledger-tool;proof;help;carry' {
            break
        }
        'ledger-tool;proof;help;check' {
            break
        }
        'ledger-tool;proof;help;show' {
            break
        }
        'ledger-tool;proof;help;help' {
            break
        }
        'ledger-tool;keys' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Makes a key; prints the verifier key, which is public')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Prints the verifier keys of a key file, secret or public')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ledger-tool;keys;new' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The key''s name: no spaces and no plus signs')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The file of the secret key, which must not exist; only its owner may read it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The file of the secret key, which must not exist; only its owner may read it')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--cosigner', '--cosigner', [CompletionResultType]::ParameterName, 'Makes a key that cosigns the checkpoints of others, with the time (C2SP tlog-cosignature)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;keys;show' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;keys;help' {
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Makes a key; prints the verifier key, which is public')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Prints the verifier keys of a key file, secret or public')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ledger-tool;keys;help;new' {
            break
        }
        'ledger-tool;keys;help;show' {
            break
        }
        'ledger-tool;keys;help;help' {
            break
        }
        'ledger-tool;inspect' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('superblock', 'superblock', [CompletionResultType]::ParameterValue, 'Decodes the superblocks, the tip and who is right')
            [CompletionResult]::new('segment', 'segment', [CompletionResultType]::ParameterValue, 'Decodes a segment: its header, the batches in it, its footer')
            [CompletionResult]::new('frame', 'frame', [CompletionResultType]::ParameterValue, 'Decodes a frame of the log: that of an entry, or the one at a place')
            [CompletionResult]::new('tile', 'tile', [CompletionResultType]::ParameterValue, 'Decodes a block of Merkle tiles, and computes its nodes again')
            [CompletionResult]::new('trie-node', 'trie-node', [CompletionResultType]::ParameterValue, 'Decodes a node of a state, and computes its hash')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ledger-tool;inspect;superblock' {
            [CompletionResult]::new('--slot', '--slot', [CompletionResultType]::ParameterName, 'Only SUPER.0 or SUPER.1')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;inspect;segment' {
            [CompletionResult]::new('--number', '--number', [CompletionResultType]::ParameterName, 'The segment''s number')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;inspect;frame' {
            [CompletionResult]::new('--segment', '--segment', [CompletionResultType]::ParameterName, 'The segment that the frame is in')
            [CompletionResult]::new('--offset', '--offset', [CompletionResultType]::ParameterName, 'Where in the segment the frame''s header starts, as `inspect segment` lists it')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger of an entry')
            [CompletionResult]::new('--leaf', '--leaf', [CompletionResultType]::ParameterName, 'The entry''s leaf index, from 0')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;inspect;tile' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger')
            [CompletionResult]::new('--level', '--level', [CompletionResultType]::ParameterName, 'The tile level: 0 holds leaves and seven tree levels above them')
            [CompletionResult]::new('--block', '--block', [CompletionResultType]::ParameterName, 'The block in the file of that level; of level 0, the leaf index divided by 256')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--audit', '--audit', [CompletionResultType]::ParameterName, 'The audit tree: its leaves are the commit bodies')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;inspect;trie-node' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger')
            [CompletionResult]::new('--location', '--location', [CompletionResultType]::ParameterName, 'Where the node''s record starts in the node log; the topmost node, if it is not given')
            [CompletionResult]::new('--height', '--height', [CompletionResultType]::ParameterName, 'The topmost node at this height; that of now, if it is not given')
            [CompletionResult]::new('--hash', '--hash', [CompletionResultType]::ParameterName, 'The hash that the node has to have, if it is known')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;inspect;help' {
            [CompletionResult]::new('superblock', 'superblock', [CompletionResultType]::ParameterValue, 'Decodes the superblocks, the tip and who is right')
            [CompletionResult]::new('segment', 'segment', [CompletionResultType]::ParameterValue, 'Decodes a segment: its header, the batches in it, its footer')
            [CompletionResult]::new('frame', 'frame', [CompletionResultType]::ParameterValue, 'Decodes a frame of the log: that of an entry, or the one at a place')
            [CompletionResult]::new('tile', 'tile', [CompletionResultType]::ParameterValue, 'Decodes a block of Merkle tiles, and computes its nodes again')
            [CompletionResult]::new('trie-node', 'trie-node', [CompletionResultType]::ParameterValue, 'Decodes a node of a state, and computes its hash')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ledger-tool;inspect;help;superblock' {
            break
        }
        'ledger-tool;inspect;help;segment' {
            break
        }
        'ledger-tool;inspect;help;frame' {
            break
        }
        'ledger-tool;inspect;help;tile' {
            break
        }
        'ledger-tool;inspect;help;trie-node' {
            break
        }
        'ledger-tool;inspect;help;help' {
            break
        }
        'ledger-tool;render' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('tree', 'tree', [CompletionResultType]::ParameterValue, 'Draws a Merkle tree: a small one in full, of a large one the ways to some leaves')
            [CompletionResult]::new('proof', 'proof', [CompletionResultType]::ParameterValue, 'Draws a proof of any kind; needs no store')
            [CompletionResult]::new('segments', 'segments', [CompletionResultType]::ParameterValue, 'Draws what each segment of the log holds')
            [CompletionResult]::new('growth', 'growth', [CompletionResultType]::ParameterValue, 'Draws how the log grew')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ledger-tool;render;tree' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger')
            [CompletionResult]::new('--size', '--size', [CompletionResultType]::ParameterName, 'The size of the tree; that of now, if it is not given')
            [CompletionResult]::new('--leaf', '--leaf', [CompletionResultType]::ParameterName, 'A leaf to draw the way to, from 0; may be given several times. Otherwise the first and the last of a tree of more than 32 leaves')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the picture')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--audit', '--audit', [CompletionResultType]::ParameterName, 'The audit tree: its leaves are the commit bodies')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Draws text with ASCII characters alone')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ledger-tool;render;proof' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'The entry of a tlog proof, which does not hold its hash')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the picture')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Draws text with ASCII characters alone')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ledger-tool;render;segments' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the picture')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Draws text with ASCII characters alone')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ledger-tool;render;growth' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the picture')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Draws text with ASCII characters alone')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ledger-tool;render;help' {
            [CompletionResult]::new('tree', 'tree', [CompletionResultType]::ParameterValue, 'Draws a Merkle tree: a small one in full, of a large one the ways to some leaves')
            [CompletionResult]::new('proof', 'proof', [CompletionResultType]::ParameterValue, 'Draws a proof of any kind; needs no store')
            [CompletionResult]::new('segments', 'segments', [CompletionResultType]::ParameterValue, 'Draws what each segment of the log holds')
            [CompletionResult]::new('growth', 'growth', [CompletionResultType]::ParameterValue, 'Draws how the log grew')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ledger-tool;render;help;tree' {
            break
        }
        'ledger-tool;render;help;proof' {
            break
        }
        'ledger-tool;render;help;segments' {
            break
        }
        'ledger-tool;render;help;growth' {
            break
        }
        'ledger-tool;render;help;help' {
            break
        }
        'ledger-tool;report' {
            [CompletionResult]::new('--html', '--html', [CompletionResultType]::ParameterName, 'The page to write, or - for standard output')
            [CompletionResult]::new('--level', '--level', [CompletionResultType]::ParameterName, 'How much is verified')
            [CompletionResult]::new('--proof', '--proof', [CompletionResultType]::ParameterName, 'A proof to draw; may be given several times')
            [CompletionResult]::new('--checkpoint', '--checkpoint', [CompletionResultType]::ParameterName, 'A signed checkpoint to hold against the store; may be given several times')
            [CompletionResult]::new('--keys', '--keys', [CompletionResultType]::ParameterName, 'Verifier keys that you trust to sign the checkpoints, one a line')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ledger-tool;explore' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Where to listen; port 0 takes a free one, and the address is printed')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--allow-remote', '--allow-remote', [CompletionResultType]::ParameterName, 'Also listens where others reach it: whoever does reads every entry and key')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;checkpoint' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Signs the size and root that a tree has now')
            [CompletionResult]::new('cosign', 'cosign', [CompletionResultType]::ParameterValue, 'Signs another''s checkpoint as a witness, after checking it')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Checks who signed a checkpoint, and its root against a store''s')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Prints what a checkpoint says, verifying nothing')
            [CompletionResult]::new('compare', 'compare', [CompletionResultType]::ParameterValue, 'Compares two checkpoints of one tree; two roots of one size are evidence of misbehaviour')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ledger-tool;checkpoint;sign' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The secret key, as `keys new` writes it')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--audit', '--audit', [CompletionResultType]::ParameterName, 'The audit tree: its leaves are the commit bodies')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;checkpoint;cosign' {
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The secret key, as `keys new` writes it: of a cosigner, or another that signs as it is')
            [CompletionResult]::new('--keys', '--keys', [CompletionResultType]::ParameterName, 'Verifier keys of which one must have signed the checkpoint, one a line')
            [CompletionResult]::new('--old', '--old', [CompletionResultType]::ParameterName, 'The checkpoint that the key signed before this one')
            [CompletionResult]::new('--proof', '--proof', [CompletionResultType]::ParameterName, 'The consistency proof from the old checkpoint to this one')
            [CompletionResult]::new('--time', '--time', [CompletionResultType]::ParameterName, 'Time of the cosignature: RFC 3339, or milliseconds since 1970; now, if it is not given')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to, or - for standard output')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;checkpoint;verify' {
            [CompletionResult]::new('--keys', '--keys', [CompletionResultType]::ParameterName, 'Verifier keys that you trust, one a line')
            [CompletionResult]::new('--quorum', '--quorum', [CompletionResultType]::ParameterName, 'How many of the keys must have signed')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;checkpoint;show' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;checkpoint;compare' {
            [CompletionResult]::new('--keys', '--keys', [CompletionResultType]::ParameterName, 'Verifier keys that you trust, one a line')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where evidence of a conflict is written; without it, it is printed')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where evidence of a conflict is written; without it, it is printed')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;checkpoint;help' {
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Signs the size and root that a tree has now')
            [CompletionResult]::new('cosign', 'cosign', [CompletionResultType]::ParameterValue, 'Signs another''s checkpoint as a witness, after checking it')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Checks who signed a checkpoint, and its root against a store''s')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Prints what a checkpoint says, verifying nothing')
            [CompletionResult]::new('compare', 'compare', [CompletionResultType]::ParameterValue, 'Compares two checkpoints of one tree; two roots of one size are evidence of misbehaviour')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ledger-tool;checkpoint;help;sign' {
            break
        }
        'ledger-tool;checkpoint;help;cosign' {
            break
        }
        'ledger-tool;checkpoint;help;verify' {
            break
        }
        'ledger-tool;checkpoint;help;show' {
            break
        }
        'ledger-tool;checkpoint;help;compare' {
            break
        }
        'ledger-tool;checkpoint;help;help' {
            break
        }
        'ledger-tool;export' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('tiles', 'tiles', [CompletionResultType]::ParameterValue, 'Writes a directory of C2SP tlog tiles with a signed checkpoint, or what is new to it')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ledger-tool;export;tiles' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger, whose tree is sha256')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The secret key that signs the checkpoint, as `keys new` writes it')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The directory: a new one, or that of an earlier export')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The directory: a new one, or that of an earlier export')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;export;help' {
            [CompletionResult]::new('tiles', 'tiles', [CompletionResultType]::ParameterValue, 'Writes a directory of C2SP tlog tiles with a signed checkpoint, or what is new to it')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ledger-tool;export;help;tiles' {
            break
        }
        'ledger-tool;export;help;help' {
            break
        }
        'ledger-tool;diff' {
            [CompletionResult]::new('--checkpoints', '--checkpoints', [CompletionResultType]::ParameterName, 'A signed checkpoint of the audit tree of each, in their order: where both reach the height at which the stores part, they are evidence')
            [CompletionResult]::new('--keys', '--keys', [CompletionResultType]::ParameterName, 'Verifier keys that you trust, one a line')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where the evidence is written; without it, it is printed')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where the evidence is written; without it, it is printed')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;backup' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--hard-links', '--hard-links', [CompletionResultType]::ParameterName, 'Shares sealed segments with the store where the file system can: no second copy of them, and what damages one damages both')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;restore' {
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'Root and size of the audit tree, from a source you trust')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;truncate' {
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The last height that stays')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--apply', '--apply', [CompletionResultType]::ParameterName, 'Does it, and keeps what is cut off in lost+found')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;repair' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Where damaged records may come from: a replica or backup of this store, or what `dump --format jsonl` wrote; may be given several times. Only what leads to the recorded chain is taken')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--drop-last-batch', '--drop-last-batch', [CompletionResultType]::ParameterName, 'Gives up the last batch where nothing can tell whether it was acknowledged')
            [CompletionResult]::new('--apply', '--apply', [CompletionResultType]::ParameterName, 'Does it, and keeps what is changed in lost+found')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;recover' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The directory to make, new or empty')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The directory to make, new or empty')
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'Root and size of the audit tree, from a source you trust')
            [CompletionResult]::new('--checkpoint', '--checkpoint', [CompletionResultType]::ParameterName, 'A signed checkpoint of the audit tree')
            [CompletionResult]::new('--keys', '--keys', [CompletionResultType]::ParameterName, 'Verifier keys that you trust to sign it, one a line')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;prune' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger whose states are dropped')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'How many of the last heights keep their states')
            [CompletionResult]::new('--height', '--height', [CompletionResultType]::ParameterName, 'An older height that keeps its state too; may be given several times')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--apply', '--apply', [CompletionResultType]::ParameterName, 'Does it; without it nothing is changed')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;demo' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;explain' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;bench' {
            [CompletionResult]::new('--seconds', '--seconds', [CompletionResultType]::ParameterName, 'How long each measurement takes, in seconds')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;debug-bundle' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The file to write, or - for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The file to write, or - for standard output')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;completions' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;man' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;version' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The store, where no DIR is given; otherwise LEDGER_DIR is')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Prints one JSON document instead of text')
            [CompletionResult]::new('--no-mmap', '--no-mmap', [CompletionResultType]::ParameterName, 'Reads files without memory maps: an I/O error is an error and no signal')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Prints sizes as numbers of bytes')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Says more on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Says only errors on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ledger-tool;help' {
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Creates a store in an empty or missing directory')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Appends the entries of a file to a ledger')
            [CompletionResult]::new('info', 'info', [CompletionResultType]::ParameterValue, 'Says what a store holds: height, sizes, roots')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Checks a store: frames, chain, trees, indexes')
            [CompletionResult]::new('stat', 'stat', [CompletionResultType]::ParameterValue, 'Says what takes how much space: log, tiles, states, what is dead or torn; and how it grows')
            [CompletionResult]::new('entry', 'entry', [CompletionResultType]::ParameterValue, 'Prints one entry')
            [CompletionResult]::new('dump', 'dump', [CompletionResultType]::ParameterValue, 'Prints the entries of a ledger')
            [CompletionResult]::new('state', 'state', [CompletionResultType]::ParameterValue, 'Writes and reads states: keys and values beside a ledger''s entries')
            [CompletionResult]::new('proof', 'proof', [CompletionResultType]::ParameterValue, 'Makes, checks and draws proofs')
            [CompletionResult]::new('keys', 'keys', [CompletionResultType]::ParameterValue, 'Makes and shows keys that sign checkpoints')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Decodes bytes on the disk as far as they can be, damaged ones too')
            [CompletionResult]::new('render', 'render', [CompletionResultType]::ParameterValue, 'Draws trees, proofs, segments and growth: as text, SVG, DOT or HTML')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Writes one page to attach to a ticket: verdict, findings, roots, sizes, growth, proofs; no scripts, nothing to be fetched, and no entry, key or value but those of the proofs given')
            [CompletionResult]::new('explore', 'explore', [CompletionResultType]::ParameterValue, 'Serves pages to browse a store, for this machine alone; nothing can be changed by them. Runs until Ctrl-C')
            [CompletionResult]::new('checkpoint', 'checkpoint', [CompletionResultType]::ParameterValue, 'Signs, verifies and compares checkpoints: a tree''s size and root, signed')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Writes a ledger in a form that others read')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Says where two stores part: the first height, entry and key')
            [CompletionResult]::new('backup', 'backup', [CompletionResultType]::ParameterValue, 'Makes a copy of a store, beside its writer if there is one, or brings one up to date')
            [CompletionResult]::new('restore', 'restore', [CompletionResultType]::ParameterValue, 'Makes a store from a copy, in a new directory, and verifies it')
            [CompletionResult]::new('truncate', 'truncate', [CompletionResultType]::ParameterValue, 'Takes a store back to an earlier height; plans, unless --apply is given')
            [CompletionResult]::new('repair', 'repair', [CompletionResultType]::ParameterValue, 'Makes a damaged store whole again, as far as that can be proven; plans, unless --apply is given')
            [CompletionResult]::new('recover', 'recover', [CompletionResultType]::ParameterValue, 'Brings all that verifies of a damaged store into a new directory, and says what is missing')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Drops the states of old heights and gives their space back; says what it would do, and does it with --apply. Entries, roots and proofs of entries stay')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Shows the main job on real data: two genesis ledgers, two proofs, one verification')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explains a code such as E-FRAME-CRC: cause, effect, remedy')
            [CompletionResult]::new('bench', 'bench', [CompletionResultType]::ParameterValue, 'Measures this machine: commits, appending, proofs, states; checks the results first')
            [CompletionResult]::new('debug-bundle', 'debug-bundle', [CompletionResultType]::ParameterValue, 'Writes what helps others to help: sizes, superblocks, findings, roots; no entry, key or value')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Prints a script that makes a shell complete commands and options')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Prints the manual page of a command, for `man -l -`')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'Prints the version of the tool and of the format it reads and writes')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ledger-tool;help;init' {
            break
        }
        'ledger-tool;help;import' {
            break
        }
        'ledger-tool;help;info' {
            break
        }
        'ledger-tool;help;verify' {
            break
        }
        'ledger-tool;help;stat' {
            break
        }
        'ledger-tool;help;entry' {
            break
        }
        'ledger-tool;help;dump' {
            break
        }
        'ledger-tool;help;state' {
            [CompletionResult]::new('put', 'put', [CompletionResultType]::ParameterValue, 'Writes keys of a state: a JSON object a line')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Prints the value of a key; exit code 4 if the key is absent')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'Lists keys and values in order of keys')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Prints what differs between two heights')
            [CompletionResult]::new('roots', 'roots', [CompletionResultType]::ParameterValue, 'Prints the state''s root at each height')
            break
        }
        'ledger-tool;help;state;put' {
            break
        }
        'ledger-tool;help;state;get' {
            break
        }
        'ledger-tool;help;state;ls' {
            break
        }
        'ledger-tool;help;state;diff' {
            break
        }
        'ledger-tool;help;state;roots' {
            break
        }
        'ledger-tool;help;proof' {
            [CompletionResult]::new('inclusion', 'inclusion', [CompletionResultType]::ParameterValue, 'Proves that an entry, or several at any indices, is in a tree')
            [CompletionResult]::new('consistency', 'consistency', [CompletionResultType]::ParameterValue, 'Proves that a tree begins with an earlier one')
            [CompletionResult]::new('range', 'range', [CompletionResultType]::ParameterValue, 'Proves that consecutive entries are in a tree')
            [CompletionResult]::new('state', 'state', [CompletionResultType]::ParameterValue, 'Proves the value or the absence of keys of a state')
            [CompletionResult]::new('subtree-inclusion', 'subtree-inclusion', [CompletionResultType]::ParameterValue, 'Proves that an entry is in a subtree (Merkle Tree Certificates)')
            [CompletionResult]::new('subtree-consistency', 'subtree-consistency', [CompletionResultType]::ParameterValue, 'Proves that a subtree is part of a tree (Merkle Tree Certificates)')
            [CompletionResult]::new('bundle', 'bundle', [CompletionResultType]::ParameterValue, 'Proves an entry, or a key present or absent, all the way to the audit root of a checkpoint')
            [CompletionResult]::new('carry', 'carry', [CompletionResultType]::ParameterValue, 'Carries a proof of an entry on to a later tree; needs no store')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Checks proof files; needs no store')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Draws a proof file as a tree; needs no store')
            break
        }
        'ledger-tool;help;proof;inclusion' {
            break
        }
        'ledger-tool;help;proof;consistency' {
            break
        }
        'ledger-tool;help;proof;range' {
            break
        }
        'ledger-tool;help;proof;state' {
            break
        }
        'ledger-tool;help;proof;subtree-inclusion' {
            break
        }
        'ledger-tool;help;proof;subtree-consistency' {
            break
        }
        'ledger-tool;help;proof;bundle' {
            break
        }
        'ledger-tool;help;proof;carry' {
            break
        }
        'ledger-tool;help;proof;check' {
            break
        }
        'ledger-tool;help;proof;show' {
            break
        }
        'ledger-tool;help;keys' {
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Makes a key; prints the verifier key, which is public')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Prints the verifier keys of a key file, secret or public')
            break
        }
        'ledger-tool;help;keys;new' {
            break
        }
        'ledger-tool;help;keys;show' {
            break
        }
        'ledger-tool;help;inspect' {
            [CompletionResult]::new('superblock', 'superblock', [CompletionResultType]::ParameterValue, 'Decodes the superblocks, the tip and who is right')
            [CompletionResult]::new('segment', 'segment', [CompletionResultType]::ParameterValue, 'Decodes a segment: its header, the batches in it, its footer')
            [CompletionResult]::new('frame', 'frame', [CompletionResultType]::ParameterValue, 'Decodes a frame of the log: that of an entry, or the one at a place')
            [CompletionResult]::new('tile', 'tile', [CompletionResultType]::ParameterValue, 'Decodes a block of Merkle tiles, and computes its nodes again')
            [CompletionResult]::new('trie-node', 'trie-node', [CompletionResultType]::ParameterValue, 'Decodes a node of a state, and computes its hash')
            break
        }
        'ledger-tool;help;inspect;superblock' {
            break
        }
        'ledger-tool;help;inspect;segment' {
            break
        }
        'ledger-tool;help;inspect;frame' {
            break
        }
        'ledger-tool;help;inspect;tile' {
            break
        }
        'ledger-tool;help;inspect;trie-node' {
            break
        }
        'ledger-tool;help;render' {
            [CompletionResult]::new('tree', 'tree', [CompletionResultType]::ParameterValue, 'Draws a Merkle tree: a small one in full, of a large one the ways to some leaves')
            [CompletionResult]::new('proof', 'proof', [CompletionResultType]::ParameterValue, 'Draws a proof of any kind; needs no store')
            [CompletionResult]::new('segments', 'segments', [CompletionResultType]::ParameterValue, 'Draws what each segment of the log holds')
            [CompletionResult]::new('growth', 'growth', [CompletionResultType]::ParameterValue, 'Draws how the log grew')
            break
        }
        'ledger-tool;help;render;tree' {
            break
        }
        'ledger-tool;help;render;proof' {
            break
        }
        'ledger-tool;help;render;segments' {
            break
        }
        'ledger-tool;help;render;growth' {
            break
        }
        'ledger-tool;help;report' {
            break
        }
        'ledger-tool;help;explore' {
            break
        }
        'ledger-tool;help;checkpoint' {
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Signs the size and root that a tree has now')
            [CompletionResult]::new('cosign', 'cosign', [CompletionResultType]::ParameterValue, 'Signs another''s checkpoint as a witness, after checking it')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Checks who signed a checkpoint, and its root against a store''s')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Prints what a checkpoint says, verifying nothing')
            [CompletionResult]::new('compare', 'compare', [CompletionResultType]::ParameterValue, 'Compares two checkpoints of one tree; two roots of one size are evidence of misbehaviour')
            break
        }
        'ledger-tool;help;checkpoint;sign' {
            break
        }
        'ledger-tool;help;checkpoint;cosign' {
            break
        }
        'ledger-tool;help;checkpoint;verify' {
            break
        }
        'ledger-tool;help;checkpoint;show' {
            break
        }
        'ledger-tool;help;checkpoint;compare' {
            break
        }
        'ledger-tool;help;export' {
            [CompletionResult]::new('tiles', 'tiles', [CompletionResultType]::ParameterValue, 'Writes a directory of C2SP tlog tiles with a signed checkpoint, or what is new to it')
            break
        }
        'ledger-tool;help;export;tiles' {
            break
        }
        'ledger-tool;help;diff' {
            break
        }
        'ledger-tool;help;backup' {
            break
        }
        'ledger-tool;help;restore' {
            break
        }
        'ledger-tool;help;truncate' {
            break
        }
        'ledger-tool;help;repair' {
            break
        }
        'ledger-tool;help;recover' {
            break
        }
        'ledger-tool;help;prune' {
            break
        }
        'ledger-tool;help;demo' {
            break
        }
        'ledger-tool;help;explain' {
            break
        }
        'ledger-tool;help;bench' {
            break
        }
        'ledger-tool;help;debug-bundle' {
            break
        }
        'ledger-tool;help;completions' {
            break
        }
        'ledger-tool;help;man' {
            break
        }
        'ledger-tool;help;version' {
            break
        }
        'ledger-tool;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
