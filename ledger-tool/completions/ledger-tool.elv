
use builtin;
use str;

set edit:completion:arg-completer[ledger-tool] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'ledger-tool'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'ledger-tool'= {
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand init 'Creates a store in an empty or missing directory'
            cand import 'Appends the entries of a file to a ledger'
            cand info 'Says what a store holds: height, sizes, roots'
            cand verify 'Checks a store: frames, chain, trees, indexes'
            cand stat 'Says what takes how much space: log, tiles, states, what is dead or torn; and how it grows'
            cand entry 'Prints one entry'
            cand dump 'Prints the entries of a ledger'
            cand state 'Writes and reads states: keys and values beside a ledger''s entries'
            cand proof 'Makes, checks and draws proofs'
            cand keys 'Makes and shows keys that sign checkpoints'
            cand inspect 'Decodes bytes on the disk as far as they can be, damaged ones too'
            cand render 'Draws trees, proofs, segments and growth: as text, SVG, DOT or HTML'
            cand report 'Writes one page to attach to a ticket: verdict, findings, roots, sizes, growth, proofs; no scripts, nothing to be fetched, and no entry, key or value but those of the proofs given'
            cand explore 'Serves pages to browse a store, for this machine alone; nothing can be changed by them. Runs until Ctrl-C'
            cand checkpoint 'Signs, verifies and compares checkpoints: a tree''s size and root, signed'
            cand export 'Writes a ledger in a form that others read'
            cand diff 'Says where two stores part: the first height, entry and key'
            cand backup 'Makes a copy of a store, beside its writer if there is one, or brings one up to date'
            cand restore 'Makes a store from a copy, in a new directory, and verifies it'
            cand truncate 'Takes a store back to an earlier height; plans, unless --apply is given'
            cand repair 'Makes a damaged store whole again, as far as that can be proven; plans, unless --apply is given'
            cand recover 'Brings all that verifies of a damaged store into a new directory, and says what is missing'
            cand prune 'Drops the states of old heights and gives their space back; says what it would do, and does it with --apply. Entries, roots and proofs of entries stay'
            cand demo 'Shows the main job on real data: two genesis ledgers, two proofs, one verification'
            cand explain 'Explains a code such as E-FRAME-CRC: cause, effect, remedy'
            cand bench 'Measures this machine: commits, appending, proofs, states; checks the results first'
            cand debug-bundle 'Writes what helps others to help: sizes, superblocks, findings, roots; no entry, key or value'
            cand completions 'Prints a script that makes a shell complete commands and options'
            cand man 'Prints the manual page of a command, for `man -l -`'
            cand version 'Prints the version of the tool and of the format it reads and writes'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ledger-tool;init'= {
            cand --network 'Identity of the network, the same on all its replicas'
            cand --ledger 'A ledger; may be given several times. TREE is sha256, which others read too, or blake3, which is faster. STATE is none, or the hash of a state''s nodes: blake3, keccak256 as Ethereum, sha3-256 as Indy Plenum, or sha256; with `hashed` after it, keys are hashed too'
            cand --lookup 'How a ledger''s entries can be found: by leaf hash (hash), by unique ids that import gives them (id), or both, with a comma between. Ids are unique over all ledgers with one SPACE, which is the ledger''s name if none is given'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;import'= {
            cand --ledger 'The ledger to append to'
            cand --format 'What the file holds'
            cand --batch 'Entries in one commit; a commit takes at most 16 MiB of them, unless one entry has more'
            cand --time 'Time of the commits: RFC 3339, or milliseconds since 1970; now, if it is not given. Never before the last commit''s'
            cand --id-field 'The member of each JSON entry that is its unique id, a text or a number, or a JSON pointer to it (/txn/digest); an id that is known ends the import. For jsonl'
            cand --keys 'Verifier keys that you trust to sign the checkpoint of tiles, one a line'
            cand --origin 'The log that the tiles are of; <network>/<ledger> of the store, if it is not given'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --state 'Also writes the ledger''s state as Plenum''s pool and domain ledgers do; for plenum-genesis'
            cand --quiet-commits 'Prints only the last `committed HEIGHT TREE_SIZE`'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ledger-tool;info'= {
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;verify'= {
            cand --level 'How much is looked at'
            cand --since 'Leaves out what this signed checkpoint of the audit tree vouches for, and shows that the log leads to its root; without --keys the file is trusted as it lies there'
            cand --keys 'Verifier keys that must have signed the checkpoint, one a line'
            cand --quorum 'How many of the keys must have signed'
            cand --trust 'A root of the audit tree that you know from elsewhere; the size is the height'
            cand --threads 'Threads, each in the memory of a segment; as many as there are processors, if not given'
            cand --rate-limit 'Reads no faster: so many bytes a second, as 200MiB/s'
            cand --max-duration 'Stops after this time with exit code 3: a number and one of s, m, h, d, w'
            cand --resume 'Goes on from this file if it is there, writes it where the work is stopped, and removes it when all is done. Not for states made anew (--level deep)'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --direct 'Reads past the page cache, and finds damage that it hides'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ledger-tool;stat'= {
            cand --by 'Also a line for each of these'
            cand --level 'How much is looked at'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --ascii 'Draws growth with ASCII characters alone'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ledger-tool;entry'= {
            cand --hash 'The first entry with this leaf hash, in hex; the ledger needs the look-up `hash`'
            cand --id 'The entry with this id; the ledger needs the look-up `id`'
            cand --id-hex 'The entry with this id, given in hex'
            cand --ledger 'The ledger'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --raw 'Prints the entry''s bytes and nothing else'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;dump'= {
            cand --ledger 'The ledger'
            cand --from 'The first entry'
            cand --to 'The entry after the last; all, if it is not given'
            cand --height 'The state as it was at this height; that of now, if it is not given'
            cand --format 'How entries are printed'
            cand -o 'Where to, or - for standard output'
            cand --output 'Where to, or - for standard output'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --state 'Prints the ledger''s state instead, a {"key_hex","value_hex"} a line as `state put` reads it, or key and value as two records'
            cand --salvage 'Prints every entry that a damaged log still has, and says which are lost: on stderr, and in jsonl as {"ledger","lost":{"begin","end"}} in their place. Exit code 4 if any are'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ledger-tool;state'= {
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
            cand put 'Writes keys of a state: a JSON object a line'
            cand get 'Prints the value of a key; exit code 4 if the key is absent'
            cand ls 'Lists keys and values in order of keys'
            cand diff 'Prints what differs between two heights'
            cand roots 'Prints the state''s root at each height'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ledger-tool;state;put'= {
            cand --ledger 'The ledger whose state is written'
            cand --batch 'Lines in one commit; of several for one key the last counts. A commit takes at most 16 MiB of keys and values, unless one line has more'
            cand --time 'Time of the commits: RFC 3339, or milliseconds since 1970; now, if it is not given. Never before the last commit''s'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --quiet-commits 'Prints only the last `committed HEIGHT TREE_SIZE`'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;state;get'= {
            cand --ledger 'The ledger'
            cand --key 'The key, as text'
            cand --key-hex 'The key, in hex'
            cand --height 'The state as it was at this height; that of now, if it is not given'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --raw 'Prints the value''s bytes and nothing else'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;state;ls'= {
            cand --ledger 'The ledger'
            cand --prefix 'Only keys that start with this text'
            cand --prefix-hex 'Only keys that start with these bytes'
            cand --from 'Begins with this key, or where it would stand'
            cand --from-hex 'Begins with this key, in hex, or where it would stand'
            cand --limit 'At most so many keys, and then says where to go on'
            cand --height 'The state as it was at this height; that of now, if it is not given'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --reverse 'The last keys first'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;state;diff'= {
            cand --ledger 'The ledger'
            cand --from 'The one height'
            cand --to 'The other height'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;state;roots'= {
            cand --ledger 'The ledger'
            cand --from 'The first height'
            cand --to 'The height after the last; all, if it is not given'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;state;help'= {
            cand put 'Writes keys of a state: a JSON object a line'
            cand get 'Prints the value of a key; exit code 4 if the key is absent'
            cand ls 'Lists keys and values in order of keys'
            cand diff 'Prints what differs between two heights'
            cand roots 'Prints the state''s root at each height'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ledger-tool;state;help;put'= {
        }
        &'ledger-tool;state;help;get'= {
        }
        &'ledger-tool;state;help;ls'= {
        }
        &'ledger-tool;state;help;diff'= {
        }
        &'ledger-tool;state;help;roots'= {
        }
        &'ledger-tool;state;help;help'= {
        }
        &'ledger-tool;proof'= {
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
            cand inclusion 'Proves that an entry, or several at any indices, is in a tree'
            cand consistency 'Proves that a tree begins with an earlier one'
            cand range 'Proves that consecutive entries are in a tree'
            cand state 'Proves the value or the absence of keys of a state'
            cand subtree-inclusion 'Proves that an entry is in a subtree (Merkle Tree Certificates)'
            cand subtree-consistency 'Proves that a subtree is part of a tree (Merkle Tree Certificates)'
            cand bundle 'Proves an entry, or a key present or absent, all the way to the audit root of a checkpoint'
            cand carry 'Carries a proof of an entry on to a later tree; needs no store'
            cand check 'Checks proof files; needs no store'
            cand show 'Draws a proof file as a tree; needs no store'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ledger-tool;proof;inclusion'= {
            cand --ledger 'The ledger'
            cand --leaf 'The leaf index, from 0; given several times, one proof is for all of them'
            cand --hash 'The first entry with this leaf hash, in hex; the ledger needs the look-up `hash`'
            cand --id 'The entry with this id; the ledger needs the look-up `id`'
            cand --id-hex 'The entry with this id, given in hex'
            cand --size 'The size of the tree; that of now or of the checkpoint, if it is not given'
            cand --checkpoint 'Puts this signed checkpoint of the tree into the proof'
            cand -o 'Where to, or - for standard output'
            cand --output 'Where to, or - for standard output'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --audit 'The audit tree: its leaves are the commit bodies'
            cand --compact 'Writes the compact binary form instead of JSON'
            cand --tlog 'Writes the text form of C2SP tlog-proof, of one entry, instead of JSON'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;proof;consistency'= {
            cand --ledger 'The ledger'
            cand --from 'The size of the earlier tree, at least 1'
            cand --to 'The size of the later tree; that of now or of the checkpoint, if it is not given'
            cand --checkpoint 'Puts this signed checkpoint of the tree into the proof'
            cand -o 'Where to, or - for standard output'
            cand --output 'Where to, or - for standard output'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --audit 'The audit tree: its leaves are the commit bodies'
            cand --compact 'Writes the compact binary form instead of JSON'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;proof;range'= {
            cand --ledger 'The ledger'
            cand --from 'The first entry, from 0'
            cand --to 'The entry after the last'
            cand --size 'The size of the tree; that of now or of the checkpoint, if it is not given'
            cand --checkpoint 'Puts this signed checkpoint of the tree into the proof'
            cand -o 'Where to, or - for standard output'
            cand --output 'Where to, or - for standard output'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --audit 'The audit tree: its leaves are the commit bodies'
            cand --compact 'Writes the compact binary form instead of JSON'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;proof;state'= {
            cand --ledger 'The ledger'
            cand --key 'A key, as text; several keys make one proof'
            cand --key-hex 'A key, in hex'
            cand --prefix-hex 'All keys that start with these bytes, and that there are no others'
            cand --height 'The state as it was at this height; that of now, if it is not given'
            cand -o 'Where to, or - for standard output'
            cand --output 'Where to, or - for standard output'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --compact 'Writes the compact binary form instead of JSON'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;proof;subtree-inclusion'= {
            cand --ledger 'The ledger'
            cand --leaf 'The leaf index in the whole tree, from 0'
            cand --from 'The first entry of the subtree'
            cand --to 'The entry after its last'
            cand --checkpoint 'Puts this signed checkpoint of the tree into the proof'
            cand -o 'Where to, or - for standard output'
            cand --output 'Where to, or - for standard output'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --audit 'The audit tree: its leaves are the commit bodies'
            cand --compact 'Writes the compact binary form instead of JSON'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;proof;subtree-consistency'= {
            cand --ledger 'The ledger'
            cand --from 'The first entry of the subtree'
            cand --to 'The entry after its last'
            cand --size 'The size of the tree; that of now or of the checkpoint, if it is not given'
            cand --checkpoint 'Puts this signed checkpoint of the tree into the proof'
            cand -o 'Where to, or - for standard output'
            cand --output 'Where to, or - for standard output'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --audit 'The audit tree: its leaves are the commit bodies'
            cand --compact 'Writes the compact binary form instead of JSON'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;proof;bundle'= {
            cand --ledger 'The ledger'
            cand --leaf 'The leaf index of an entry, from 0'
            cand --key 'A key of the ledger''s state, as text'
            cand --key-hex 'A key of the ledger''s state, in hex'
            cand --height 'The commit whose roots are proven against; that of the checkpoint, or the last one'
            cand --checkpoint 'A signed checkpoint of the audit tree, which the bundle then carries'
            cand -o 'Where to, or - for standard output'
            cand --output 'Where to, or - for standard output'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --compact 'Writes the compact binary form instead of JSON'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;proof;carry'= {
            cand --checkpoint 'Puts this signed checkpoint of the tree into the proof'
            cand -o 'Where to, or - for standard output'
            cand --output 'Where to, or - for standard output'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --compact 'Writes the compact binary form instead of JSON'
            cand --tlog 'Writes the text form of C2SP tlog-proof instead of JSON'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;proof;check'= {
            cand --root 'Root and size of the tree, from a source you trust; of a subtree HEX@BEGIN-END; of a bundle those of the audit tree; of a state proof the root alone'
            cand --old-root 'Root and size of the earlier tree, or the root of the subtree as HEX@BEGIN-END, of a proof between two roots, from a source you trust'
            cand --data 'The entry that the proof is for: its bytes as they are in the ledger. For a proof of several entries, all of them as `dump --format records` prints them. For many proofs once for each'
            cand --keys 'Verifier keys, one a line, that you trust to sign the checkpoint in the proof'
            cand --key-hex 'The key that a state proof is for, in hex; for `eth_getProof`, the address or storage key'
            cand --value-hex 'The value that the key has'
            cand --state 'What the state is computed with, as given to `init`; sha3-256 for Plenum''s proofs, if it is not given'
            cand --quorum 'How many of the keys must have signed'
            cand --max-age 'Of a bundle: how old its commit may be, as 90s, 15m, 24h, 7d or 2w'
            cand --genesis 'Of a bundle: the genesis of the network whose nodes must have found its block final'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --absent 'The key is to be absent'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;proof;show'= {
            cand --data 'The entry of a tlog proof, which does not hold its hash'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --ascii 'Draws with ASCII characters alone'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;proof;help'= {
            cand inclusion 'Proves that an entry, or several at any indices, is in a tree'
            cand consistency 'Proves that a tree begins with an earlier one'
            cand range 'Proves that consecutive entries are in a tree'
            cand state 'Proves the value or the absence of keys of a state'
            cand subtree-inclusion 'Proves that an entry is in a subtree (Merkle Tree Certificates)'
            cand subtree-consistency 'Proves that a subtree is part of a tree (Merkle Tree Certificates)'
            cand bundle 'Proves an entry, or a key present or absent, all the way to the audit root of a checkpoint'
            cand carry 'Carries a proof of an entry on to a later tree; needs no store'
            cand check 'Checks proof files; needs no store'
            cand show 'Draws a proof file as a tree; needs no store'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ledger-tool;proof;help;inclusion'= {
        }
        &'ledger-tool;proof;help;consistency'= {
        }
        &'ledger-tool;proof;help;range'= {
        }
        &'ledger-tool;proof;help;state'= {
        }
        &'ledger-tool;proof;help;subtree-inclusion'= {
        }
        &'ledger-tool;proof;help;subtree-consistency'= {
        }
        &'ledger-tool;proof;help;bundle'= {
        }
        &'ledger-tool;proof;help;carry'= {
        }
        &'ledger-tool;proof;help;check'= {
        }
        &'ledger-tool;proof;help;show'= {
        }
        &'ledger-tool;proof;help;help'= {
        }
        &'ledger-tool;keys'= {
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
            cand new 'Makes a key; prints the verifier key, which is public'
            cand show 'Prints the verifier keys of a key file, secret or public'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ledger-tool;keys;new'= {
            cand --name 'The key''s name: no spaces and no plus signs'
            cand -o 'The file of the secret key, which must not exist; only its owner may read it'
            cand --output 'The file of the secret key, which must not exist; only its owner may read it'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --cosigner 'Makes a key that cosigns the checkpoints of others, with the time (C2SP tlog-cosignature)'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;keys;show'= {
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;keys;help'= {
            cand new 'Makes a key; prints the verifier key, which is public'
            cand show 'Prints the verifier keys of a key file, secret or public'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ledger-tool;keys;help;new'= {
        }
        &'ledger-tool;keys;help;show'= {
        }
        &'ledger-tool;keys;help;help'= {
        }
        &'ledger-tool;inspect'= {
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
            cand superblock 'Decodes the superblocks, the tip and who is right'
            cand segment 'Decodes a segment: its header, the batches in it, its footer'
            cand frame 'Decodes a frame of the log: that of an entry, or the one at a place'
            cand tile 'Decodes a block of Merkle tiles, and computes its nodes again'
            cand trie-node 'Decodes a node of a state, and computes its hash'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ledger-tool;inspect;superblock'= {
            cand --slot 'Only SUPER.0 or SUPER.1'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;inspect;segment'= {
            cand --number 'The segment''s number'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;inspect;frame'= {
            cand --segment 'The segment that the frame is in'
            cand --offset 'Where in the segment the frame''s header starts, as `inspect segment` lists it'
            cand --ledger 'The ledger of an entry'
            cand --leaf 'The entry''s leaf index, from 0'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;inspect;tile'= {
            cand --ledger 'The ledger'
            cand --level 'The tile level: 0 holds leaves and seven tree levels above them'
            cand --block 'The block in the file of that level; of level 0, the leaf index divided by 256'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --audit 'The audit tree: its leaves are the commit bodies'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;inspect;trie-node'= {
            cand --ledger 'The ledger'
            cand --location 'Where the node''s record starts in the node log; the topmost node, if it is not given'
            cand --height 'The topmost node at this height; that of now, if it is not given'
            cand --hash 'The hash that the node has to have, if it is known'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;inspect;help'= {
            cand superblock 'Decodes the superblocks, the tip and who is right'
            cand segment 'Decodes a segment: its header, the batches in it, its footer'
            cand frame 'Decodes a frame of the log: that of an entry, or the one at a place'
            cand tile 'Decodes a block of Merkle tiles, and computes its nodes again'
            cand trie-node 'Decodes a node of a state, and computes its hash'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ledger-tool;inspect;help;superblock'= {
        }
        &'ledger-tool;inspect;help;segment'= {
        }
        &'ledger-tool;inspect;help;frame'= {
        }
        &'ledger-tool;inspect;help;tile'= {
        }
        &'ledger-tool;inspect;help;trie-node'= {
        }
        &'ledger-tool;inspect;help;help'= {
        }
        &'ledger-tool;render'= {
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
            cand tree 'Draws a Merkle tree: a small one in full, of a large one the ways to some leaves'
            cand proof 'Draws a proof of any kind; needs no store'
            cand segments 'Draws what each segment of the log holds'
            cand growth 'Draws how the log grew'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ledger-tool;render;tree'= {
            cand --ledger 'The ledger'
            cand --size 'The size of the tree; that of now, if it is not given'
            cand --leaf 'A leaf to draw the way to, from 0; may be given several times. Otherwise the first and the last of a tree of more than 32 leaves'
            cand --format 'The form of the picture'
            cand -o 'Where to, or - for standard output'
            cand --output 'Where to, or - for standard output'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --audit 'The audit tree: its leaves are the commit bodies'
            cand --ascii 'Draws text with ASCII characters alone'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ledger-tool;render;proof'= {
            cand --data 'The entry of a tlog proof, which does not hold its hash'
            cand --format 'The form of the picture'
            cand -o 'Where to, or - for standard output'
            cand --output 'Where to, or - for standard output'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --ascii 'Draws text with ASCII characters alone'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ledger-tool;render;segments'= {
            cand --format 'The form of the picture'
            cand -o 'Where to, or - for standard output'
            cand --output 'Where to, or - for standard output'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --ascii 'Draws text with ASCII characters alone'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ledger-tool;render;growth'= {
            cand --format 'The form of the picture'
            cand -o 'Where to, or - for standard output'
            cand --output 'Where to, or - for standard output'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --ascii 'Draws text with ASCII characters alone'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ledger-tool;render;help'= {
            cand tree 'Draws a Merkle tree: a small one in full, of a large one the ways to some leaves'
            cand proof 'Draws a proof of any kind; needs no store'
            cand segments 'Draws what each segment of the log holds'
            cand growth 'Draws how the log grew'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ledger-tool;render;help;tree'= {
        }
        &'ledger-tool;render;help;proof'= {
        }
        &'ledger-tool;render;help;segments'= {
        }
        &'ledger-tool;render;help;growth'= {
        }
        &'ledger-tool;render;help;help'= {
        }
        &'ledger-tool;report'= {
            cand --html 'The page to write, or - for standard output'
            cand --level 'How much is verified'
            cand --proof 'A proof to draw; may be given several times'
            cand --checkpoint 'A signed checkpoint to hold against the store; may be given several times'
            cand --keys 'Verifier keys that you trust to sign the checkpoints, one a line'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ledger-tool;explore'= {
            cand --listen 'Where to listen; port 0 takes a free one, and the address is printed'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --allow-remote 'Also listens where others reach it: whoever does reads every entry and key'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;checkpoint'= {
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
            cand sign 'Signs the size and root that a tree has now'
            cand cosign 'Signs another''s checkpoint as a witness, after checking it'
            cand verify 'Checks who signed a checkpoint, and its root against a store''s'
            cand show 'Prints what a checkpoint says, verifying nothing'
            cand compare 'Compares two checkpoints of one tree; two roots of one size are evidence of misbehaviour'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ledger-tool;checkpoint;sign'= {
            cand --ledger 'The ledger'
            cand --key 'The secret key, as `keys new` writes it'
            cand -o 'Where to, or - for standard output'
            cand --output 'Where to, or - for standard output'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --audit 'The audit tree: its leaves are the commit bodies'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;checkpoint;cosign'= {
            cand --key 'The secret key, as `keys new` writes it: of a cosigner, or another that signs as it is'
            cand --keys 'Verifier keys of which one must have signed the checkpoint, one a line'
            cand --old 'The checkpoint that the key signed before this one'
            cand --proof 'The consistency proof from the old checkpoint to this one'
            cand --time 'Time of the cosignature: RFC 3339, or milliseconds since 1970; now, if it is not given'
            cand -o 'Where to, or - for standard output'
            cand --output 'Where to, or - for standard output'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;checkpoint;verify'= {
            cand --keys 'Verifier keys that you trust, one a line'
            cand --quorum 'How many of the keys must have signed'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;checkpoint;show'= {
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;checkpoint;compare'= {
            cand --keys 'Verifier keys that you trust, one a line'
            cand -o 'Where evidence of a conflict is written; without it, it is printed'
            cand --output 'Where evidence of a conflict is written; without it, it is printed'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;checkpoint;help'= {
            cand sign 'Signs the size and root that a tree has now'
            cand cosign 'Signs another''s checkpoint as a witness, after checking it'
            cand verify 'Checks who signed a checkpoint, and its root against a store''s'
            cand show 'Prints what a checkpoint says, verifying nothing'
            cand compare 'Compares two checkpoints of one tree; two roots of one size are evidence of misbehaviour'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ledger-tool;checkpoint;help;sign'= {
        }
        &'ledger-tool;checkpoint;help;cosign'= {
        }
        &'ledger-tool;checkpoint;help;verify'= {
        }
        &'ledger-tool;checkpoint;help;show'= {
        }
        &'ledger-tool;checkpoint;help;compare'= {
        }
        &'ledger-tool;checkpoint;help;help'= {
        }
        &'ledger-tool;export'= {
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
            cand tiles 'Writes a directory of C2SP tlog tiles with a signed checkpoint, or what is new to it'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ledger-tool;export;tiles'= {
            cand --ledger 'The ledger, whose tree is sha256'
            cand --key 'The secret key that signs the checkpoint, as `keys new` writes it'
            cand -o 'The directory: a new one, or that of an earlier export'
            cand --output 'The directory: a new one, or that of an earlier export'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;export;help'= {
            cand tiles 'Writes a directory of C2SP tlog tiles with a signed checkpoint, or what is new to it'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ledger-tool;export;help;tiles'= {
        }
        &'ledger-tool;export;help;help'= {
        }
        &'ledger-tool;diff'= {
            cand --checkpoints 'A signed checkpoint of the audit tree of each, in their order: where both reach the height at which the stores part, they are evidence'
            cand --keys 'Verifier keys that you trust, one a line'
            cand -o 'Where the evidence is written; without it, it is printed'
            cand --output 'Where the evidence is written; without it, it is printed'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;backup'= {
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --hard-links 'Shares sealed segments with the store where the file system can: no second copy of them, and what damages one damages both'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;restore'= {
            cand --root 'Root and size of the audit tree, from a source you trust'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;truncate'= {
            cand --to 'The last height that stays'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --apply 'Does it, and keeps what is cut off in lost+found'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;repair'= {
            cand --from 'Where damaged records may come from: a replica or backup of this store, or what `dump --format jsonl` wrote; may be given several times. Only what leads to the recorded chain is taken'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --drop-last-batch 'Gives up the last batch where nothing can tell whether it was acknowledged'
            cand --apply 'Does it, and keeps what is changed in lost+found'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;recover'= {
            cand -o 'The directory to make, new or empty'
            cand --output 'The directory to make, new or empty'
            cand --root 'Root and size of the audit tree, from a source you trust'
            cand --checkpoint 'A signed checkpoint of the audit tree'
            cand --keys 'Verifier keys that you trust to sign it, one a line'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;prune'= {
            cand --ledger 'The ledger whose states are dropped'
            cand --keep 'How many of the last heights keep their states'
            cand --height 'An older height that keeps its state too; may be given several times'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --apply 'Does it; without it nothing is changed'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;demo'= {
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;explain'= {
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;bench'= {
            cand --seconds 'How long each measurement takes, in seconds'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;debug-bundle'= {
            cand -o 'The file to write, or - for standard output'
            cand --output 'The file to write, or - for standard output'
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;completions'= {
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;man'= {
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;version'= {
            cand -C 'The store, where no DIR is given; otherwise LEDGER_DIR is'
            cand --color 'Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE'
            cand --progress 'Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second'
            cand --json 'Prints one JSON document instead of text'
            cand --no-mmap 'Reads files without memory maps: an I/O error is an error and no signal'
            cand --bytes 'Prints sizes as numbers of bytes'
            cand -v 'Says more on stderr'
            cand --verbose 'Says more on stderr'
            cand -q 'Says only errors on stderr'
            cand --quiet 'Says only errors on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ledger-tool;help'= {
            cand init 'Creates a store in an empty or missing directory'
            cand import 'Appends the entries of a file to a ledger'
            cand info 'Says what a store holds: height, sizes, roots'
            cand verify 'Checks a store: frames, chain, trees, indexes'
            cand stat 'Says what takes how much space: log, tiles, states, what is dead or torn; and how it grows'
            cand entry 'Prints one entry'
            cand dump 'Prints the entries of a ledger'
            cand state 'Writes and reads states: keys and values beside a ledger''s entries'
            cand proof 'Makes, checks and draws proofs'
            cand keys 'Makes and shows keys that sign checkpoints'
            cand inspect 'Decodes bytes on the disk as far as they can be, damaged ones too'
            cand render 'Draws trees, proofs, segments and growth: as text, SVG, DOT or HTML'
            cand report 'Writes one page to attach to a ticket: verdict, findings, roots, sizes, growth, proofs; no scripts, nothing to be fetched, and no entry, key or value but those of the proofs given'
            cand explore 'Serves pages to browse a store, for this machine alone; nothing can be changed by them. Runs until Ctrl-C'
            cand checkpoint 'Signs, verifies and compares checkpoints: a tree''s size and root, signed'
            cand export 'Writes a ledger in a form that others read'
            cand diff 'Says where two stores part: the first height, entry and key'
            cand backup 'Makes a copy of a store, beside its writer if there is one, or brings one up to date'
            cand restore 'Makes a store from a copy, in a new directory, and verifies it'
            cand truncate 'Takes a store back to an earlier height; plans, unless --apply is given'
            cand repair 'Makes a damaged store whole again, as far as that can be proven; plans, unless --apply is given'
            cand recover 'Brings all that verifies of a damaged store into a new directory, and says what is missing'
            cand prune 'Drops the states of old heights and gives their space back; says what it would do, and does it with --apply. Entries, roots and proofs of entries stay'
            cand demo 'Shows the main job on real data: two genesis ledgers, two proofs, one verification'
            cand explain 'Explains a code such as E-FRAME-CRC: cause, effect, remedy'
            cand bench 'Measures this machine: commits, appending, proofs, states; checks the results first'
            cand debug-bundle 'Writes what helps others to help: sizes, superblocks, findings, roots; no entry, key or value'
            cand completions 'Prints a script that makes a shell complete commands and options'
            cand man 'Prints the manual page of a command, for `man -l -`'
            cand version 'Prints the version of the tool and of the format it reads and writes'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ledger-tool;help;init'= {
        }
        &'ledger-tool;help;import'= {
        }
        &'ledger-tool;help;info'= {
        }
        &'ledger-tool;help;verify'= {
        }
        &'ledger-tool;help;stat'= {
        }
        &'ledger-tool;help;entry'= {
        }
        &'ledger-tool;help;dump'= {
        }
        &'ledger-tool;help;state'= {
            cand put 'Writes keys of a state: a JSON object a line'
            cand get 'Prints the value of a key; exit code 4 if the key is absent'
            cand ls 'Lists keys and values in order of keys'
            cand diff 'Prints what differs between two heights'
            cand roots 'Prints the state''s root at each height'
        }
        &'ledger-tool;help;state;put'= {
        }
        &'ledger-tool;help;state;get'= {
        }
        &'ledger-tool;help;state;ls'= {
        }
        &'ledger-tool;help;state;diff'= {
        }
        &'ledger-tool;help;state;roots'= {
        }
        &'ledger-tool;help;proof'= {
            cand inclusion 'Proves that an entry, or several at any indices, is in a tree'
            cand consistency 'Proves that a tree begins with an earlier one'
            cand range 'Proves that consecutive entries are in a tree'
            cand state 'Proves the value or the absence of keys of a state'
            cand subtree-inclusion 'Proves that an entry is in a subtree (Merkle Tree Certificates)'
            cand subtree-consistency 'Proves that a subtree is part of a tree (Merkle Tree Certificates)'
            cand bundle 'Proves an entry, or a key present or absent, all the way to the audit root of a checkpoint'
            cand carry 'Carries a proof of an entry on to a later tree; needs no store'
            cand check 'Checks proof files; needs no store'
            cand show 'Draws a proof file as a tree; needs no store'
        }
        &'ledger-tool;help;proof;inclusion'= {
        }
        &'ledger-tool;help;proof;consistency'= {
        }
        &'ledger-tool;help;proof;range'= {
        }
        &'ledger-tool;help;proof;state'= {
        }
        &'ledger-tool;help;proof;subtree-inclusion'= {
        }
        &'ledger-tool;help;proof;subtree-consistency'= {
        }
        &'ledger-tool;help;proof;bundle'= {
        }
        &'ledger-tool;help;proof;carry'= {
        }
        &'ledger-tool;help;proof;check'= {
        }
        &'ledger-tool;help;proof;show'= {
        }
        &'ledger-tool;help;keys'= {
            cand new 'Makes a key; prints the verifier key, which is public'
            cand show 'Prints the verifier keys of a key file, secret or public'
        }
        &'ledger-tool;help;keys;new'= {
        }
        &'ledger-tool;help;keys;show'= {
        }
        &'ledger-tool;help;inspect'= {
            cand superblock 'Decodes the superblocks, the tip and who is right'
            cand segment 'Decodes a segment: its header, the batches in it, its footer'
            cand frame 'Decodes a frame of the log: that of an entry, or the one at a place'
            cand tile 'Decodes a block of Merkle tiles, and computes its nodes again'
            cand trie-node 'Decodes a node of a state, and computes its hash'
        }
        &'ledger-tool;help;inspect;superblock'= {
        }
        &'ledger-tool;help;inspect;segment'= {
        }
        &'ledger-tool;help;inspect;frame'= {
        }
        &'ledger-tool;help;inspect;tile'= {
        }
        &'ledger-tool;help;inspect;trie-node'= {
        }
        &'ledger-tool;help;render'= {
            cand tree 'Draws a Merkle tree: a small one in full, of a large one the ways to some leaves'
            cand proof 'Draws a proof of any kind; needs no store'
            cand segments 'Draws what each segment of the log holds'
            cand growth 'Draws how the log grew'
        }
        &'ledger-tool;help;render;tree'= {
        }
        &'ledger-tool;help;render;proof'= {
        }
        &'ledger-tool;help;render;segments'= {
        }
        &'ledger-tool;help;render;growth'= {
        }
        &'ledger-tool;help;report'= {
        }
        &'ledger-tool;help;explore'= {
        }
        &'ledger-tool;help;checkpoint'= {
            cand sign 'Signs the size and root that a tree has now'
            cand cosign 'Signs another''s checkpoint as a witness, after checking it'
            cand verify 'Checks who signed a checkpoint, and its root against a store''s'
            cand show 'Prints what a checkpoint says, verifying nothing'
            cand compare 'Compares two checkpoints of one tree; two roots of one size are evidence of misbehaviour'
        }
        &'ledger-tool;help;checkpoint;sign'= {
        }
        &'ledger-tool;help;checkpoint;cosign'= {
        }
        &'ledger-tool;help;checkpoint;verify'= {
        }
        &'ledger-tool;help;checkpoint;show'= {
        }
        &'ledger-tool;help;checkpoint;compare'= {
        }
        &'ledger-tool;help;export'= {
            cand tiles 'Writes a directory of C2SP tlog tiles with a signed checkpoint, or what is new to it'
        }
        &'ledger-tool;help;export;tiles'= {
        }
        &'ledger-tool;help;diff'= {
        }
        &'ledger-tool;help;backup'= {
        }
        &'ledger-tool;help;restore'= {
        }
        &'ledger-tool;help;truncate'= {
        }
        &'ledger-tool;help;repair'= {
        }
        &'ledger-tool;help;recover'= {
        }
        &'ledger-tool;help;prune'= {
        }
        &'ledger-tool;help;demo'= {
        }
        &'ledger-tool;help;explain'= {
        }
        &'ledger-tool;help;bench'= {
        }
        &'ledger-tool;help;debug-bundle'= {
        }
        &'ledger-tool;help;completions'= {
        }
        &'ledger-tool;help;man'= {
        }
        &'ledger-tool;help;version'= {
        }
        &'ledger-tool;help;help'= {
        }
    ]
    $completions[$command]
}
