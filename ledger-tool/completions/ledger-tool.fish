# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_ledger_tool_global_optspecs
    string join \n C= json color= progress= no-mmap bytes v/verbose q/quiet h/help V/version
end

function __fish_ledger_tool_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_ledger_tool_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_ledger_tool_using_subcommand
    set -l cmd (__fish_ledger_tool_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -s V -l version -d 'Print version'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "init" -d 'Creates a store in an empty or missing directory'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "import" -d 'Appends the entries of a file to a ledger'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "info" -d 'Says what a store holds: height, sizes, roots'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "verify" -d 'Checks a store: frames, chain, trees, indexes'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "stat" -d 'Says what takes how much space: log, tiles, states, what is dead or torn; and how it grows'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "entry" -d 'Prints one entry'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "dump" -d 'Prints the entries of a ledger'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "state" -d 'Writes and reads states: keys and values beside a ledger\'s entries'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "proof" -d 'Makes, checks and draws proofs'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "keys" -d 'Makes and shows keys that sign checkpoints'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "inspect" -d 'Decodes bytes on the disk as far as they can be, damaged ones too'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "render" -d 'Draws trees, proofs, segments and growth: as text, SVG, DOT or HTML'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "report" -d 'Writes one page to attach to a ticket: verdict, findings, roots, sizes, growth, proofs; no scripts, nothing to be fetched, and no entry, key or value but those of the proofs given'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "explore" -d 'Serves pages to browse a store, for this machine alone; nothing can be changed by them. Runs until Ctrl-C'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "checkpoint" -d 'Signs, verifies and compares checkpoints: a tree\'s size and root, signed'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "export" -d 'Writes a ledger in a form that others read'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "diff" -d 'Says where two stores part: the first height, entry and key'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "backup" -d 'Makes a copy of a store, beside its writer if there is one, or brings one up to date'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "restore" -d 'Makes a store from a copy, in a new directory, and verifies it'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "truncate" -d 'Takes a store back to an earlier height; plans, unless --apply is given'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "repair" -d 'Makes a damaged store whole again, as far as that can be proven; plans, unless --apply is given'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "recover" -d 'Brings all that verifies of a damaged store into a new directory, and says what is missing'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "prune" -d 'Drops the states of old heights and gives their space back; says what it would do, and does it with --apply. Entries, roots and proofs of entries stay'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "demo" -d 'Shows the main job on real data: two genesis ledgers, two proofs, one verification'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "explain" -d 'Explains a code such as E-FRAME-CRC: cause, effect, remedy'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "bench" -d 'Measures this machine: commits, appending, proofs, states; checks the results first'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "debug-bundle" -d 'Writes what helps others to help: sizes, superblocks, findings, roots; no entry, key or value'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "completions" -d 'Prints a script that makes a shell complete commands and options'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "man" -d 'Prints the manual page of a command, for `man -l -`'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "version" -d 'Prints the version of the tool and of the format it reads and writes'
complete -c ledger-tool -n "__fish_ledger_tool_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand init" -l network -d 'Identity of the network, the same on all its replicas' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand init" -l ledger -d 'A ledger; may be given several times. TREE is sha256, which others read too, or blake3, which is faster. STATE is none, or the hash of a state\'s nodes: blake3, keccak256 as Ethereum, sha3-256 as Indy Plenum, or sha256; with `hashed` after it, keys are hashed too' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand init" -l lookup -d 'How a ledger\'s entries can be found: by leaf hash (hash), by unique ids that import gives them (id), or both, with a comma between. Ids are unique over all ledgers with one SPACE, which is the ledger\'s name if none is given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand init" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand init" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand init" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand init" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand init" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand init" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand init" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand init" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand init" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -l ledger -d 'The ledger to append to' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -l format -d 'What the file holds' -r -f -a "lines\t'An entry a line, without its newline'
records\t'Length (32 bits, little-endian), then the bytes, repeated'
jsonl\t'An entry a line, which must be JSON; kept as it is written'
plenum-genesis\t'A genesis file of Hyperledger Indy Plenum, into an empty ledger, in one commit'
tiles\t'A directory of C2SP tlog tiles, of which the ledger is a beginning; needs --keys'"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -l batch -d 'Entries in one commit; a commit takes at most 16 MiB of them, unless one entry has more' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -l time -d 'Time of the commits: RFC 3339, or milliseconds since 1970; now, if it is not given. Never before the last commit\'s' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -l id-field -d 'The member of each JSON entry that is its unique id, a text or a number, or a JSON pointer to it (/txn/digest); an id that is known ends the import. For jsonl' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -l keys -d 'Verifier keys that you trust to sign the checkpoint of tiles, one a line' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -l origin -d 'The log that the tiles are of; <network>/<ledger> of the store, if it is not given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -l state -d 'Also writes the ledger\'s state as Plenum\'s pool and domain ledgers do; for plenum-genesis'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -l quiet-commits -d 'Prints only the last `committed HEIGHT TREE_SIZE`'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand info" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand info" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand info" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand info" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand info" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand info" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand info" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand info" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand info" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -l level -d 'How much is looked at' -r -f -a "quick\t'Headers, superblocks and the end of the log: O(segments)'
full\t'Every frame, every hash and every node of a state'
deep\t'Also makes every state anew from its writes, and compares every root'"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -l since -d 'Leaves out what this signed checkpoint of the audit tree vouches for, and shows that the log leads to its root; without --keys the file is trusted as it lies there' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -l keys -d 'Verifier keys that must have signed the checkpoint, one a line' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -l quorum -d 'How many of the keys must have signed' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -l trust -d 'A root of the audit tree that you know from elsewhere; the size is the height' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -l threads -d 'Threads, each in the memory of a segment; as many as there are processors, if not given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -l rate-limit -d 'Reads no faster: so many bytes a second, as 200MiB/s' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -l max-duration -d 'Stops after this time with exit code 3: a number and one of s, m, h, d, w' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -l resume -d 'Goes on from this file if it is there, writes it where the work is stopped, and removes it when all is done. Not for states made anew (--level deep)' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -l direct -d 'Reads past the page cache, and finds damage that it hides'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand stat" -l by -d 'Also a line for each of these' -r -f -a "segment\t'Files of the record log'
ledger\t'Ledgers and the files derived for them'"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand stat" -l level -d 'How much is looked at' -r -f -a "full\t'Files by name and length, and the log'
deep\t'Also the nodes of states: how many bytes of them no height that is kept leads to. Takes memory for the state of the oldest of these heights, some 50 bytes a node'"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand stat" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand stat" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand stat" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand stat" -l ascii -d 'Draws growth with ASCII characters alone'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand stat" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand stat" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand stat" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand stat" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand stat" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand stat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand entry" -l hash -d 'The first entry with this leaf hash, in hex; the ledger needs the look-up `hash`' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand entry" -l id -d 'The entry with this id; the ledger needs the look-up `id`' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand entry" -l id-hex -d 'The entry with this id, given in hex' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand entry" -l ledger -d 'The ledger' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand entry" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand entry" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand entry" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand entry" -l raw -d 'Prints the entry\'s bytes and nothing else'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand entry" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand entry" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand entry" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand entry" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand entry" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand entry" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand dump" -l ledger -d 'The ledger' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand dump" -l from -d 'The first entry' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand dump" -l to -d 'The entry after the last; all, if it is not given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand dump" -l height -d 'The state as it was at this height; that of now, if it is not given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand dump" -l format -d 'How entries are printed' -r -f -a "jsonl\t'A JSON object a line: ledger, leaf_index, seq_no, height, data_hex, and data if it is UTF-8'
records\t'Length (32 bits, little-endian), then the bytes, repeated'
raw\t'The bytes one after another, with nothing between them'
csv\t'A table with a head, for spreadsheets: the members of jsonl'
sqlite\t'An SQLite database: a table `entries` or `state`, and a table `store` that says of what'"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand dump" -s o -l output -d 'Where to, or - for standard output' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand dump" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand dump" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand dump" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand dump" -l state -d 'Prints the ledger\'s state instead, a {"key_hex","value_hex"} a line as `state put` reads it, or key and value as two records'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand dump" -l salvage -d 'Prints every entry that a damaged log still has, and says which are lost: on stderr, and in jsonl as {"ledger","lost":{"begin","end"}} in their place. Exit code 4 if any are'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand dump" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand dump" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand dump" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand dump" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand dump" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand dump" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and not __fish_seen_subcommand_from put get ls diff roots help" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and not __fish_seen_subcommand_from put get ls diff roots help" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and not __fish_seen_subcommand_from put get ls diff roots help" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and not __fish_seen_subcommand_from put get ls diff roots help" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and not __fish_seen_subcommand_from put get ls diff roots help" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and not __fish_seen_subcommand_from put get ls diff roots help" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and not __fish_seen_subcommand_from put get ls diff roots help" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and not __fish_seen_subcommand_from put get ls diff roots help" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and not __fish_seen_subcommand_from put get ls diff roots help" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and not __fish_seen_subcommand_from put get ls diff roots help" -f -a "put" -d 'Writes keys of a state: a JSON object a line'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and not __fish_seen_subcommand_from put get ls diff roots help" -f -a "get" -d 'Prints the value of a key; exit code 4 if the key is absent'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and not __fish_seen_subcommand_from put get ls diff roots help" -f -a "ls" -d 'Lists keys and values in order of keys'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and not __fish_seen_subcommand_from put get ls diff roots help" -f -a "diff" -d 'Prints what differs between two heights'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and not __fish_seen_subcommand_from put get ls diff roots help" -f -a "roots" -d 'Prints the state\'s root at each height'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and not __fish_seen_subcommand_from put get ls diff roots help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from put" -l ledger -d 'The ledger whose state is written' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from put" -l batch -d 'Lines in one commit; of several for one key the last counts. A commit takes at most 16 MiB of keys and values, unless one line has more' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from put" -l time -d 'Time of the commits: RFC 3339, or milliseconds since 1970; now, if it is not given. Never before the last commit\'s' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from put" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from put" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from put" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from put" -l quiet-commits -d 'Prints only the last `committed HEIGHT TREE_SIZE`'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from put" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from put" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from put" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from put" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from put" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from put" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from get" -l ledger -d 'The ledger' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from get" -l key -d 'The key, as text' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from get" -l key-hex -d 'The key, in hex' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from get" -l height -d 'The state as it was at this height; that of now, if it is not given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from get" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from get" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from get" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from get" -l raw -d 'Prints the value\'s bytes and nothing else'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from get" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from get" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from get" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from ls" -l ledger -d 'The ledger' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from ls" -l prefix -d 'Only keys that start with this text' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from ls" -l prefix-hex -d 'Only keys that start with these bytes' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from ls" -l from -d 'Begins with this key, or where it would stand' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from ls" -l from-hex -d 'Begins with this key, in hex, or where it would stand' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from ls" -l limit -d 'At most so many keys, and then says where to go on' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from ls" -l height -d 'The state as it was at this height; that of now, if it is not given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from ls" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from ls" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from ls" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from ls" -l reverse -d 'The last keys first'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from ls" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from ls" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from ls" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from diff" -l ledger -d 'The ledger' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from diff" -l from -d 'The one height' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from diff" -l to -d 'The other height' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from diff" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from diff" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from diff" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from diff" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from diff" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from diff" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from diff" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from roots" -l ledger -d 'The ledger' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from roots" -l from -d 'The first height' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from roots" -l to -d 'The height after the last; all, if it is not given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from roots" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from roots" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from roots" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from roots" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from roots" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from roots" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from roots" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from roots" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from roots" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from help" -f -a "put" -d 'Writes keys of a state: a JSON object a line'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from help" -f -a "get" -d 'Prints the value of a key; exit code 4 if the key is absent'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from help" -f -a "ls" -d 'Lists keys and values in order of keys'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from help" -f -a "diff" -d 'Prints what differs between two heights'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from help" -f -a "roots" -d 'Prints the state\'s root at each height'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand state; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -f -a "inclusion" -d 'Proves that an entry, or several at any indices, is in a tree'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -f -a "consistency" -d 'Proves that a tree begins with an earlier one'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -f -a "range" -d 'Proves that consecutive entries are in a tree'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -f -a "state" -d 'Proves the value or the absence of keys of a state'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -f -a "subtree-inclusion" -d 'Proves that an entry is in a subtree (Merkle Tree Certificates)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -f -a "subtree-consistency" -d 'Proves that a subtree is part of a tree (Merkle Tree Certificates)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -f -a "bundle" -d 'Proves an entry, or a key present or absent, all the way to the audit root of a checkpoint'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -f -a "carry" -d 'Carries a proof of an entry on to a later tree; needs no store'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -f -a "check" -d 'Checks proof files; needs no store'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -f -a "show" -d 'Draws a proof file as a tree; needs no store'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and not __fish_seen_subcommand_from inclusion consistency range state subtree-inclusion subtree-consistency bundle carry check show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -l ledger -d 'The ledger' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -l leaf -d 'The leaf index, from 0; given several times, one proof is for all of them' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -l hash -d 'The first entry with this leaf hash, in hex; the ledger needs the look-up `hash`' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -l id -d 'The entry with this id; the ledger needs the look-up `id`' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -l id-hex -d 'The entry with this id, given in hex' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -l size -d 'The size of the tree; that of now or of the checkpoint, if it is not given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -l checkpoint -d 'Puts this signed checkpoint of the tree into the proof' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -s o -l output -d 'Where to, or - for standard output' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -l audit -d 'The audit tree: its leaves are the commit bodies'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -l compact -d 'Writes the compact binary form instead of JSON'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -l tlog -d 'Writes the text form of C2SP tlog-proof, of one entry, instead of JSON'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from inclusion" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from consistency" -l ledger -d 'The ledger' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from consistency" -l from -d 'The size of the earlier tree, at least 1' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from consistency" -l to -d 'The size of the later tree; that of now or of the checkpoint, if it is not given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from consistency" -l checkpoint -d 'Puts this signed checkpoint of the tree into the proof' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from consistency" -s o -l output -d 'Where to, or - for standard output' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from consistency" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from consistency" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from consistency" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from consistency" -l audit -d 'The audit tree: its leaves are the commit bodies'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from consistency" -l compact -d 'Writes the compact binary form instead of JSON'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from consistency" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from consistency" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from consistency" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from consistency" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from consistency" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from consistency" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from range" -l ledger -d 'The ledger' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from range" -l from -d 'The first entry, from 0' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from range" -l to -d 'The entry after the last' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from range" -l size -d 'The size of the tree; that of now or of the checkpoint, if it is not given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from range" -l checkpoint -d 'Puts this signed checkpoint of the tree into the proof' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from range" -s o -l output -d 'Where to, or - for standard output' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from range" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from range" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from range" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from range" -l audit -d 'The audit tree: its leaves are the commit bodies'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from range" -l compact -d 'Writes the compact binary form instead of JSON'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from range" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from range" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from range" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from range" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from range" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from range" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from state" -l ledger -d 'The ledger' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from state" -l key -d 'A key, as text; several keys make one proof' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from state" -l key-hex -d 'A key, in hex' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from state" -l prefix-hex -d 'All keys that start with these bytes, and that there are no others' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from state" -l height -d 'The state as it was at this height; that of now, if it is not given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from state" -s o -l output -d 'Where to, or - for standard output' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from state" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from state" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from state" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from state" -l compact -d 'Writes the compact binary form instead of JSON'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from state" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from state" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from state" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from state" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from state" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from state" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-inclusion" -l ledger -d 'The ledger' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-inclusion" -l leaf -d 'The leaf index in the whole tree, from 0' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-inclusion" -l from -d 'The first entry of the subtree' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-inclusion" -l to -d 'The entry after its last' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-inclusion" -l checkpoint -d 'Puts this signed checkpoint of the tree into the proof' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-inclusion" -s o -l output -d 'Where to, or - for standard output' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-inclusion" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-inclusion" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-inclusion" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-inclusion" -l audit -d 'The audit tree: its leaves are the commit bodies'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-inclusion" -l compact -d 'Writes the compact binary form instead of JSON'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-inclusion" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-inclusion" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-inclusion" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-inclusion" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-inclusion" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-inclusion" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-consistency" -l ledger -d 'The ledger' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-consistency" -l from -d 'The first entry of the subtree' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-consistency" -l to -d 'The entry after its last' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-consistency" -l size -d 'The size of the tree; that of now or of the checkpoint, if it is not given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-consistency" -l checkpoint -d 'Puts this signed checkpoint of the tree into the proof' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-consistency" -s o -l output -d 'Where to, or - for standard output' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-consistency" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-consistency" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-consistency" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-consistency" -l audit -d 'The audit tree: its leaves are the commit bodies'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-consistency" -l compact -d 'Writes the compact binary form instead of JSON'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-consistency" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-consistency" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-consistency" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-consistency" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-consistency" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from subtree-consistency" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from bundle" -l ledger -d 'The ledger' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from bundle" -l leaf -d 'The leaf index of an entry, from 0' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from bundle" -l key -d 'A key of the ledger\'s state, as text' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from bundle" -l key-hex -d 'A key of the ledger\'s state, in hex' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from bundle" -l height -d 'The commit whose roots are proven against; that of the checkpoint, or the last one' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from bundle" -l checkpoint -d 'A signed checkpoint of the audit tree, which the bundle then carries' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from bundle" -s o -l output -d 'Where to, or - for standard output' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from bundle" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from bundle" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from bundle" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from bundle" -l compact -d 'Writes the compact binary form instead of JSON'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from bundle" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from bundle" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from bundle" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from bundle" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from bundle" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from bundle" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from carry" -l checkpoint -d 'Puts this signed checkpoint of the tree into the proof' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from carry" -s o -l output -d 'Where to, or - for standard output' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from carry" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from carry" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from carry" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from carry" -l compact -d 'Writes the compact binary form instead of JSON'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from carry" -l tlog -d 'Writes the text form of C2SP tlog-proof instead of JSON'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from carry" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from carry" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from carry" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from carry" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from carry" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from carry" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -l root -d 'Root and size of the tree, from a source you trust; of a subtree HEX@BEGIN-END; of a bundle those of the audit tree; of a state proof the root alone' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -l old-root -d 'Root and size of the earlier tree, or the root of the subtree as HEX@BEGIN-END, of a proof between two roots, from a source you trust' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -l data -d 'The entry that the proof is for: its bytes as they are in the ledger. For a proof of several entries, all of them as `dump --format records` prints them. For many proofs once for each' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -l keys -d 'Verifier keys, one a line, that you trust to sign the checkpoint in the proof' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -l key-hex -d 'The key that a state proof is for, in hex; for `eth_getProof`, the address or storage key' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -l value-hex -d 'The value that the key has' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -l state -d 'What the state is computed with, as given to `init`; sha3-256 for Plenum\'s proofs, if it is not given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -l quorum -d 'How many of the keys must have signed' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -l max-age -d 'Of a bundle: how old its commit may be, as 90s, 15m, 24h, 7d or 2w' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -l genesis -d 'Of a bundle: the genesis of the network whose nodes must have found its block final' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -l absent -d 'The key is to be absent'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from show" -l data -d 'The entry of a tlog proof, which does not hold its hash' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from show" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from show" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from show" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from show" -l ascii -d 'Draws with ASCII characters alone'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from show" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from show" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from show" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from help" -f -a "inclusion" -d 'Proves that an entry, or several at any indices, is in a tree'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from help" -f -a "consistency" -d 'Proves that a tree begins with an earlier one'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from help" -f -a "range" -d 'Proves that consecutive entries are in a tree'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from help" -f -a "state" -d 'Proves the value or the absence of keys of a state'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from help" -f -a "subtree-inclusion" -d 'Proves that an entry is in a subtree (Merkle Tree Certificates)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from help" -f -a "subtree-consistency" -d 'Proves that a subtree is part of a tree (Merkle Tree Certificates)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from help" -f -a "bundle" -d 'Proves an entry, or a key present or absent, all the way to the audit root of a checkpoint'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from help" -f -a "carry" -d 'Carries a proof of an entry on to a later tree; needs no store'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from help" -f -a "check" -d 'Checks proof files; needs no store'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from help" -f -a "show" -d 'Draws a proof file as a tree; needs no store'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand proof; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and not __fish_seen_subcommand_from new show help" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and not __fish_seen_subcommand_from new show help" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and not __fish_seen_subcommand_from new show help" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and not __fish_seen_subcommand_from new show help" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and not __fish_seen_subcommand_from new show help" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and not __fish_seen_subcommand_from new show help" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and not __fish_seen_subcommand_from new show help" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and not __fish_seen_subcommand_from new show help" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and not __fish_seen_subcommand_from new show help" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and not __fish_seen_subcommand_from new show help" -f -a "new" -d 'Makes a key; prints the verifier key, which is public'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and not __fish_seen_subcommand_from new show help" -f -a "show" -d 'Prints the verifier keys of a key file, secret or public'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and not __fish_seen_subcommand_from new show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from new" -l name -d 'The key\'s name: no spaces and no plus signs' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from new" -s o -l output -d 'The file of the secret key, which must not exist; only its owner may read it' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from new" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from new" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from new" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from new" -l cosigner -d 'Makes a key that cosigns the checkpoints of others, with the time (C2SP tlog-cosignature)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from new" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from new" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from new" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from new" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from new" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from show" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from show" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from show" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from show" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from show" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from show" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "new" -d 'Makes a key; prints the verifier key, which is public'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "show" -d 'Prints the verifier keys of a key file, secret or public'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and not __fish_seen_subcommand_from superblock segment frame tile trie-node help" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and not __fish_seen_subcommand_from superblock segment frame tile trie-node help" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and not __fish_seen_subcommand_from superblock segment frame tile trie-node help" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and not __fish_seen_subcommand_from superblock segment frame tile trie-node help" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and not __fish_seen_subcommand_from superblock segment frame tile trie-node help" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and not __fish_seen_subcommand_from superblock segment frame tile trie-node help" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and not __fish_seen_subcommand_from superblock segment frame tile trie-node help" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and not __fish_seen_subcommand_from superblock segment frame tile trie-node help" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and not __fish_seen_subcommand_from superblock segment frame tile trie-node help" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and not __fish_seen_subcommand_from superblock segment frame tile trie-node help" -f -a "superblock" -d 'Decodes the superblocks, the tip and who is right'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and not __fish_seen_subcommand_from superblock segment frame tile trie-node help" -f -a "segment" -d 'Decodes a segment: its header, the batches in it, its footer'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and not __fish_seen_subcommand_from superblock segment frame tile trie-node help" -f -a "frame" -d 'Decodes a frame of the log: that of an entry, or the one at a place'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and not __fish_seen_subcommand_from superblock segment frame tile trie-node help" -f -a "tile" -d 'Decodes a block of Merkle tiles, and computes its nodes again'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and not __fish_seen_subcommand_from superblock segment frame tile trie-node help" -f -a "trie-node" -d 'Decodes a node of a state, and computes its hash'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and not __fish_seen_subcommand_from superblock segment frame tile trie-node help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from superblock" -l slot -d 'Only SUPER.0 or SUPER.1' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from superblock" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from superblock" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from superblock" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from superblock" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from superblock" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from superblock" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from superblock" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from superblock" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from superblock" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from segment" -l number -d 'The segment\'s number' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from segment" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from segment" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from segment" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from segment" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from segment" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from segment" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from segment" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from segment" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from segment" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from frame" -l segment -d 'The segment that the frame is in' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from frame" -l offset -d 'Where in the segment the frame\'s header starts, as `inspect segment` lists it' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from frame" -l ledger -d 'The ledger of an entry' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from frame" -l leaf -d 'The entry\'s leaf index, from 0' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from frame" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from frame" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from frame" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from frame" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from frame" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from frame" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from frame" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from frame" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from frame" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from tile" -l ledger -d 'The ledger' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from tile" -l level -d 'The tile level: 0 holds leaves and seven tree levels above them' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from tile" -l block -d 'The block in the file of that level; of level 0, the leaf index divided by 256' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from tile" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from tile" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from tile" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from tile" -l audit -d 'The audit tree: its leaves are the commit bodies'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from tile" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from tile" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from tile" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from tile" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from tile" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from tile" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from trie-node" -l ledger -d 'The ledger' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from trie-node" -l location -d 'Where the node\'s record starts in the node log; the topmost node, if it is not given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from trie-node" -l height -d 'The topmost node at this height; that of now, if it is not given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from trie-node" -l hash -d 'The hash that the node has to have, if it is known' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from trie-node" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from trie-node" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from trie-node" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from trie-node" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from trie-node" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from trie-node" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from trie-node" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from trie-node" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from trie-node" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from help" -f -a "superblock" -d 'Decodes the superblocks, the tip and who is right'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from help" -f -a "segment" -d 'Decodes a segment: its header, the batches in it, its footer'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from help" -f -a "frame" -d 'Decodes a frame of the log: that of an entry, or the one at a place'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from help" -f -a "tile" -d 'Decodes a block of Merkle tiles, and computes its nodes again'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from help" -f -a "trie-node" -d 'Decodes a node of a state, and computes its hash'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand inspect; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and not __fish_seen_subcommand_from tree proof segments growth help" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and not __fish_seen_subcommand_from tree proof segments growth help" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and not __fish_seen_subcommand_from tree proof segments growth help" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and not __fish_seen_subcommand_from tree proof segments growth help" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and not __fish_seen_subcommand_from tree proof segments growth help" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and not __fish_seen_subcommand_from tree proof segments growth help" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and not __fish_seen_subcommand_from tree proof segments growth help" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and not __fish_seen_subcommand_from tree proof segments growth help" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and not __fish_seen_subcommand_from tree proof segments growth help" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and not __fish_seen_subcommand_from tree proof segments growth help" -f -a "tree" -d 'Draws a Merkle tree: a small one in full, of a large one the ways to some leaves'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and not __fish_seen_subcommand_from tree proof segments growth help" -f -a "proof" -d 'Draws a proof of any kind; needs no store'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and not __fish_seen_subcommand_from tree proof segments growth help" -f -a "segments" -d 'Draws what each segment of the log holds'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and not __fish_seen_subcommand_from tree proof segments growth help" -f -a "growth" -d 'Draws how the log grew'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and not __fish_seen_subcommand_from tree proof segments growth help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from tree" -l ledger -d 'The ledger' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from tree" -l size -d 'The size of the tree; that of now, if it is not given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from tree" -l leaf -d 'A leaf to draw the way to, from 0; may be given several times. Otherwise the first and the last of a tree of more than 32 leaves' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from tree" -l format -d 'The form of the picture' -r -f -a "text\t'For a terminal'
svg\t'A picture, light or dark as its reader is, with full hashes on hover'
dot\t'For Graphviz; of trees and proofs'
html\t'A page with the picture and all hashes as a table, without scripts'"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from tree" -s o -l output -d 'Where to, or - for standard output' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from tree" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from tree" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from tree" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from tree" -l audit -d 'The audit tree: its leaves are the commit bodies'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from tree" -l ascii -d 'Draws text with ASCII characters alone'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from tree" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from tree" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from tree" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from tree" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from tree" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from tree" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from proof" -l data -d 'The entry of a tlog proof, which does not hold its hash' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from proof" -l format -d 'The form of the picture' -r -f -a "text\t'For a terminal'
svg\t'A picture, light or dark as its reader is, with full hashes on hover'
dot\t'For Graphviz; of trees and proofs'
html\t'A page with the picture and all hashes as a table, without scripts'"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from proof" -s o -l output -d 'Where to, or - for standard output' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from proof" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from proof" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from proof" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from proof" -l ascii -d 'Draws text with ASCII characters alone'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from proof" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from proof" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from proof" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from proof" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from proof" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from proof" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from segments" -l format -d 'The form of the picture' -r -f -a "text\t'For a terminal'
svg\t'A picture, light or dark as its reader is, with full hashes on hover'
dot\t'For Graphviz; of trees and proofs'
html\t'A page with the picture and all hashes as a table, without scripts'"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from segments" -s o -l output -d 'Where to, or - for standard output' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from segments" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from segments" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from segments" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from segments" -l ascii -d 'Draws text with ASCII characters alone'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from segments" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from segments" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from segments" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from segments" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from segments" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from segments" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from growth" -l format -d 'The form of the picture' -r -f -a "text\t'For a terminal'
svg\t'A picture, light or dark as its reader is, with full hashes on hover'
dot\t'For Graphviz; of trees and proofs'
html\t'A page with the picture and all hashes as a table, without scripts'"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from growth" -s o -l output -d 'Where to, or - for standard output' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from growth" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from growth" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from growth" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from growth" -l ascii -d 'Draws text with ASCII characters alone'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from growth" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from growth" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from growth" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from growth" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from growth" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from growth" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from help" -f -a "tree" -d 'Draws a Merkle tree: a small one in full, of a large one the ways to some leaves'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from help" -f -a "proof" -d 'Draws a proof of any kind; needs no store'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from help" -f -a "segments" -d 'Draws what each segment of the log holds'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from help" -f -a "growth" -d 'Draws how the log grew'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand render; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand report" -l html -d 'The page to write, or - for standard output' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand report" -l level -d 'How much is verified' -r -f -a "quick\t'Headers, superblocks and the end of the log: O(segments)'
full\t'Every frame, every hash and every node of a state'
deep\t'Also makes every state anew from its writes, and compares every root'"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand report" -l proof -d 'A proof to draw; may be given several times' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand report" -l checkpoint -d 'A signed checkpoint to hold against the store; may be given several times' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand report" -l keys -d 'Verifier keys that you trust to sign the checkpoints, one a line' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand report" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand report" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand report" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand report" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand report" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand report" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand report" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand report" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explore" -l listen -d 'Where to listen; port 0 takes a free one, and the address is printed' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explore" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explore" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explore" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explore" -l allow-remote -d 'Also listens where others reach it: whoever does reads every entry and key'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explore" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explore" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explore" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explore" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explore" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explore" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and not __fish_seen_subcommand_from sign cosign verify show compare help" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and not __fish_seen_subcommand_from sign cosign verify show compare help" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and not __fish_seen_subcommand_from sign cosign verify show compare help" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and not __fish_seen_subcommand_from sign cosign verify show compare help" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and not __fish_seen_subcommand_from sign cosign verify show compare help" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and not __fish_seen_subcommand_from sign cosign verify show compare help" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and not __fish_seen_subcommand_from sign cosign verify show compare help" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and not __fish_seen_subcommand_from sign cosign verify show compare help" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and not __fish_seen_subcommand_from sign cosign verify show compare help" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and not __fish_seen_subcommand_from sign cosign verify show compare help" -f -a "sign" -d 'Signs the size and root that a tree has now'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and not __fish_seen_subcommand_from sign cosign verify show compare help" -f -a "cosign" -d 'Signs another\'s checkpoint as a witness, after checking it'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and not __fish_seen_subcommand_from sign cosign verify show compare help" -f -a "verify" -d 'Checks who signed a checkpoint, and its root against a store\'s'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and not __fish_seen_subcommand_from sign cosign verify show compare help" -f -a "show" -d 'Prints what a checkpoint says, verifying nothing'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and not __fish_seen_subcommand_from sign cosign verify show compare help" -f -a "compare" -d 'Compares two checkpoints of one tree; two roots of one size are evidence of misbehaviour'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and not __fish_seen_subcommand_from sign cosign verify show compare help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from sign" -l ledger -d 'The ledger' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from sign" -l key -d 'The secret key, as `keys new` writes it' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from sign" -s o -l output -d 'Where to, or - for standard output' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from sign" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from sign" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from sign" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from sign" -l audit -d 'The audit tree: its leaves are the commit bodies'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from sign" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from sign" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from sign" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from sign" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from sign" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from sign" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from cosign" -l key -d 'The secret key, as `keys new` writes it: of a cosigner, or another that signs as it is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from cosign" -l keys -d 'Verifier keys of which one must have signed the checkpoint, one a line' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from cosign" -l old -d 'The checkpoint that the key signed before this one' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from cosign" -l proof -d 'The consistency proof from the old checkpoint to this one' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from cosign" -l time -d 'Time of the cosignature: RFC 3339, or milliseconds since 1970; now, if it is not given' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from cosign" -s o -l output -d 'Where to, or - for standard output' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from cosign" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from cosign" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from cosign" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from cosign" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from cosign" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from cosign" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from cosign" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from cosign" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from cosign" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from verify" -l keys -d 'Verifier keys that you trust, one a line' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from verify" -l quorum -d 'How many of the keys must have signed' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from verify" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from verify" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from verify" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from verify" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from verify" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from verify" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from compare" -l keys -d 'Verifier keys that you trust, one a line' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from compare" -s o -l output -d 'Where evidence of a conflict is written; without it, it is printed' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from compare" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from compare" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from compare" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from compare" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from compare" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from compare" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from compare" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from compare" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from compare" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from help" -f -a "sign" -d 'Signs the size and root that a tree has now'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from help" -f -a "cosign" -d 'Signs another\'s checkpoint as a witness, after checking it'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Checks who signed a checkpoint, and its root against a store\'s'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from help" -f -a "show" -d 'Prints what a checkpoint says, verifying nothing'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from help" -f -a "compare" -d 'Compares two checkpoints of one tree; two roots of one size are evidence of misbehaviour'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand checkpoint; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and not __fish_seen_subcommand_from tiles help" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and not __fish_seen_subcommand_from tiles help" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and not __fish_seen_subcommand_from tiles help" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and not __fish_seen_subcommand_from tiles help" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and not __fish_seen_subcommand_from tiles help" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and not __fish_seen_subcommand_from tiles help" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and not __fish_seen_subcommand_from tiles help" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and not __fish_seen_subcommand_from tiles help" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and not __fish_seen_subcommand_from tiles help" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and not __fish_seen_subcommand_from tiles help" -f -a "tiles" -d 'Writes a directory of C2SP tlog tiles with a signed checkpoint, or what is new to it'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and not __fish_seen_subcommand_from tiles help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and __fish_seen_subcommand_from tiles" -l ledger -d 'The ledger, whose tree is sha256' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and __fish_seen_subcommand_from tiles" -l key -d 'The secret key that signs the checkpoint, as `keys new` writes it' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and __fish_seen_subcommand_from tiles" -s o -l output -d 'The directory: a new one, or that of an earlier export' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and __fish_seen_subcommand_from tiles" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and __fish_seen_subcommand_from tiles" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and __fish_seen_subcommand_from tiles" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and __fish_seen_subcommand_from tiles" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and __fish_seen_subcommand_from tiles" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and __fish_seen_subcommand_from tiles" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and __fish_seen_subcommand_from tiles" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and __fish_seen_subcommand_from tiles" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and __fish_seen_subcommand_from tiles" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and __fish_seen_subcommand_from help" -f -a "tiles" -d 'Writes a directory of C2SP tlog tiles with a signed checkpoint, or what is new to it'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand export; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand diff" -l checkpoints -d 'A signed checkpoint of the audit tree of each, in their order: where both reach the height at which the stores part, they are evidence' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand diff" -l keys -d 'Verifier keys that you trust, one a line' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand diff" -s o -l output -d 'Where the evidence is written; without it, it is printed' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand diff" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand diff" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand diff" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand diff" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand diff" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand diff" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand diff" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand diff" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand diff" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand backup" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand backup" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand backup" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand backup" -l hard-links -d 'Shares sealed segments with the store where the file system can: no second copy of them, and what damages one damages both'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand backup" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand backup" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand backup" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand backup" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand backup" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand backup" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand restore" -l root -d 'Root and size of the audit tree, from a source you trust' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand restore" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand restore" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand restore" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand restore" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand restore" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand restore" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand restore" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand restore" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand restore" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand truncate" -l to -d 'The last height that stays' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand truncate" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand truncate" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand truncate" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand truncate" -l apply -d 'Does it, and keeps what is cut off in lost+found'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand truncate" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand truncate" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand truncate" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand truncate" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand truncate" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand truncate" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand repair" -l from -d 'Where damaged records may come from: a replica or backup of this store, or what `dump --format jsonl` wrote; may be given several times. Only what leads to the recorded chain is taken' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand repair" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand repair" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand repair" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand repair" -l drop-last-batch -d 'Gives up the last batch where nothing can tell whether it was acknowledged'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand repair" -l apply -d 'Does it, and keeps what is changed in lost+found'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand repair" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand repair" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand repair" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand repair" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand repair" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand repair" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand recover" -s o -l output -d 'The directory to make, new or empty' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand recover" -l root -d 'Root and size of the audit tree, from a source you trust' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand recover" -l checkpoint -d 'A signed checkpoint of the audit tree' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand recover" -l keys -d 'Verifier keys that you trust to sign it, one a line' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand recover" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand recover" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand recover" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand recover" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand recover" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand recover" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand recover" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand recover" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand recover" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand prune" -l ledger -d 'The ledger whose states are dropped' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand prune" -l keep -d 'How many of the last heights keep their states' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand prune" -l height -d 'An older height that keeps its state too; may be given several times' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand prune" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand prune" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand prune" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand prune" -l apply -d 'Does it; without it nothing is changed'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand prune" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand prune" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand prune" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand prune" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand prune" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand prune" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand demo" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand demo" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand demo" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand demo" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand demo" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand demo" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand demo" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand demo" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand demo" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explain" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explain" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explain" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explain" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explain" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explain" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explain" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explain" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand explain" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand bench" -l seconds -d 'How long each measurement takes, in seconds' -r
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand bench" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand bench" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand bench" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand bench" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand bench" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand bench" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand bench" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand bench" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand bench" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand debug-bundle" -s o -l output -d 'The file to write, or - for standard output' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand debug-bundle" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand debug-bundle" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand debug-bundle" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand debug-bundle" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand debug-bundle" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand debug-bundle" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand debug-bundle" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand debug-bundle" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand debug-bundle" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand completions" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand completions" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand completions" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand completions" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand completions" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand completions" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand completions" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand completions" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand completions" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand man" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand man" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand man" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand man" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand man" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand man" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand man" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand man" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand man" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand version" -s C -d 'The store, where no DIR is given; otherwise LEDGER_DIR is' -r -F
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand version" -l color -d 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand version" -l progress -d 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second' -r -f -a "auto\t''
json\t''
none\t''"
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand version" -l json -d 'Prints one JSON document instead of text'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand version" -l no-mmap -d 'Reads files without memory maps: an I/O error is an error and no signal'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand version" -l bytes -d 'Prints sizes as numbers of bytes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand version" -s v -l verbose -d 'Says more on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand version" -s q -l quiet -d 'Says only errors on stderr'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand version" -s h -l help -d 'Print help'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "init" -d 'Creates a store in an empty or missing directory'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "import" -d 'Appends the entries of a file to a ledger'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "info" -d 'Says what a store holds: height, sizes, roots'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "verify" -d 'Checks a store: frames, chain, trees, indexes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "stat" -d 'Says what takes how much space: log, tiles, states, what is dead or torn; and how it grows'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "entry" -d 'Prints one entry'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "dump" -d 'Prints the entries of a ledger'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "state" -d 'Writes and reads states: keys and values beside a ledger\'s entries'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "proof" -d 'Makes, checks and draws proofs'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "keys" -d 'Makes and shows keys that sign checkpoints'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "inspect" -d 'Decodes bytes on the disk as far as they can be, damaged ones too'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "render" -d 'Draws trees, proofs, segments and growth: as text, SVG, DOT or HTML'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "report" -d 'Writes one page to attach to a ticket: verdict, findings, roots, sizes, growth, proofs; no scripts, nothing to be fetched, and no entry, key or value but those of the proofs given'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "explore" -d 'Serves pages to browse a store, for this machine alone; nothing can be changed by them. Runs until Ctrl-C'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "checkpoint" -d 'Signs, verifies and compares checkpoints: a tree\'s size and root, signed'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "export" -d 'Writes a ledger in a form that others read'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "diff" -d 'Says where two stores part: the first height, entry and key'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "backup" -d 'Makes a copy of a store, beside its writer if there is one, or brings one up to date'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "restore" -d 'Makes a store from a copy, in a new directory, and verifies it'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "truncate" -d 'Takes a store back to an earlier height; plans, unless --apply is given'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "repair" -d 'Makes a damaged store whole again, as far as that can be proven; plans, unless --apply is given'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "recover" -d 'Brings all that verifies of a damaged store into a new directory, and says what is missing'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "prune" -d 'Drops the states of old heights and gives their space back; says what it would do, and does it with --apply. Entries, roots and proofs of entries stay'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "demo" -d 'Shows the main job on real data: two genesis ledgers, two proofs, one verification'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "explain" -d 'Explains a code such as E-FRAME-CRC: cause, effect, remedy'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "bench" -d 'Measures this machine: commits, appending, proofs, states; checks the results first'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "debug-bundle" -d 'Writes what helps others to help: sizes, superblocks, findings, roots; no entry, key or value'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "completions" -d 'Prints a script that makes a shell complete commands and options'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "man" -d 'Prints the manual page of a command, for `man -l -`'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "version" -d 'Prints the version of the tool and of the format it reads and writes'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and not __fish_seen_subcommand_from init import info verify stat entry dump state proof keys inspect render report explore checkpoint export diff backup restore truncate repair recover prune demo explain bench debug-bundle completions man version help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from state" -f -a "put" -d 'Writes keys of a state: a JSON object a line'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from state" -f -a "get" -d 'Prints the value of a key; exit code 4 if the key is absent'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from state" -f -a "ls" -d 'Lists keys and values in order of keys'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from state" -f -a "diff" -d 'Prints what differs between two heights'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from state" -f -a "roots" -d 'Prints the state\'s root at each height'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from proof" -f -a "inclusion" -d 'Proves that an entry, or several at any indices, is in a tree'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from proof" -f -a "consistency" -d 'Proves that a tree begins with an earlier one'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from proof" -f -a "range" -d 'Proves that consecutive entries are in a tree'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from proof" -f -a "state" -d 'Proves the value or the absence of keys of a state'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from proof" -f -a "subtree-inclusion" -d 'Proves that an entry is in a subtree (Merkle Tree Certificates)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from proof" -f -a "subtree-consistency" -d 'Proves that a subtree is part of a tree (Merkle Tree Certificates)'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from proof" -f -a "bundle" -d 'Proves an entry, or a key present or absent, all the way to the audit root of a checkpoint'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from proof" -f -a "carry" -d 'Carries a proof of an entry on to a later tree; needs no store'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from proof" -f -a "check" -d 'Checks proof files; needs no store'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from proof" -f -a "show" -d 'Draws a proof file as a tree; needs no store'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "new" -d 'Makes a key; prints the verifier key, which is public'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "show" -d 'Prints the verifier keys of a key file, secret or public'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from inspect" -f -a "superblock" -d 'Decodes the superblocks, the tip and who is right'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from inspect" -f -a "segment" -d 'Decodes a segment: its header, the batches in it, its footer'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from inspect" -f -a "frame" -d 'Decodes a frame of the log: that of an entry, or the one at a place'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from inspect" -f -a "tile" -d 'Decodes a block of Merkle tiles, and computes its nodes again'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from inspect" -f -a "trie-node" -d 'Decodes a node of a state, and computes its hash'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from render" -f -a "tree" -d 'Draws a Merkle tree: a small one in full, of a large one the ways to some leaves'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from render" -f -a "proof" -d 'Draws a proof of any kind; needs no store'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from render" -f -a "segments" -d 'Draws what each segment of the log holds'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from render" -f -a "growth" -d 'Draws how the log grew'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from checkpoint" -f -a "sign" -d 'Signs the size and root that a tree has now'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from checkpoint" -f -a "cosign" -d 'Signs another\'s checkpoint as a witness, after checking it'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from checkpoint" -f -a "verify" -d 'Checks who signed a checkpoint, and its root against a store\'s'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from checkpoint" -f -a "show" -d 'Prints what a checkpoint says, verifying nothing'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from checkpoint" -f -a "compare" -d 'Compares two checkpoints of one tree; two roots of one size are evidence of misbehaviour'
complete -c ledger-tool -n "__fish_ledger_tool_using_subcommand help; and __fish_seen_subcommand_from export" -f -a "tiles" -d 'Writes a directory of C2SP tlog tiles with a signed checkpoint, or what is new to it'
