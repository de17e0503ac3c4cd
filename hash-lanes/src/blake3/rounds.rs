//! The compression function on vectors of words, one word of each message (BLAKE3 paper, sections
//! 2.2 and 2.3).

/// Defines what all kernels do with columns of words: vectors that hold a word of each message.
/// The module has the operations on them as functions.
macro_rules! rounds {
    ($features:literal) => {
        /// Compresses a block of each message that is still active: its bytes, how many of them
        /// are the message's, and its flags.
        #[inline]
        #[target_feature(enable = $features)]
        fn step(
            chaining: &mut [Words; 8],
            words: &[Words; 16],
            lens: &[u32; LANES],
            flags: &[u32; LANES],
            active: &[bool; LANES],
        ) {
            let next = compress(chaining, words, load_words(lens), load_words(flags));
            for (word, next) in chaining.iter_mut().zip(next) {
                *word = select(active, *word, next);
            }
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn splat_key(key: &[u32; 8]) -> [Words; 8] {
            let mut chaining = [splat(0); 8];
            for (words, word) in chaining.iter_mut().zip(key) {
                *words = splat(*word);
            }
            chaining
        }

        /// The chaining values after the block of the words `m`, of a first chunk.
        #[target_feature(enable = $features)]
        fn compress(
            chaining: &[Words; 8],
            m: &[Words; 16],
            lens: Words,
            flags: Words,
        ) -> [Words; 8] {
            let [mut v0, mut v1, mut v2, mut v3, mut v4, mut v5, mut v6, mut v7] = *chaining;
            let (mut v8, mut v9) = (splat(INITIAL[0]), splat(INITIAL[1]));
            let (mut v10, mut v11) = (splat(INITIAL[2]), splat(INITIAL[3]));
            // The counter of chunks.
            let (mut v12, mut v13) = (splat(0), splat(0));
            let (mut v14, mut v15) = (lens, flags);

            macro_rules! mix {
                ($a:ident $b:ident $c:ident $d:ident $x:literal $y:literal) => {
                    $a = add(add($a, m[$x]), $b);
                    $d = rotate_right::<16>(xor($d, $a));
                    $c = add($c, $d);
                    $b = rotate_right::<12>(xor($b, $c));
                    $a = add(add($a, m[$y]), $b);
                    $d = rotate_right::<8>(xor($d, $a));
                    $c = add($c, $d);
                    $b = rotate_right::<7>(xor($b, $c));
                };
            }
            macro_rules! round {
                ($m0:literal $m1:literal $m2:literal $m3:literal
                 $m4:literal $m5:literal $m6:literal $m7:literal
                 $m8:literal $m9:literal $m10:literal $m11:literal
                 $m12:literal $m13:literal $m14:literal $m15:literal) => {
                    mix!(v0 v4 v8 v12 $m0 $m1);
                    mix!(v1 v5 v9 v13 $m2 $m3);
                    mix!(v2 v6 v10 v14 $m4 $m5);
                    mix!(v3 v7 v11 v15 $m6 $m7);
                    mix!(v0 v5 v10 v15 $m8 $m9);
                    mix!(v1 v6 v11 v12 $m10 $m11);
                    mix!(v2 v7 v8 v13 $m12 $m13);
                    mix!(v3 v4 v9 v14 $m14 $m15);
                };
            }
            round!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
            round!(2 6 3 10 7 0 4 13 1 11 12 5 9 14 15 8);
            round!(3 4 10 12 13 2 7 14 6 5 9 0 11 15 8 1);
            round!(10 7 12 9 14 3 13 15 4 0 11 2 5 8 1 6);
            round!(12 13 9 11 15 10 14 8 7 2 5 3 0 1 6 4);
            round!(9 14 11 5 8 12 15 1 13 3 0 10 2 6 4 7);
            round!(11 15 5 0 1 9 8 6 14 10 2 12 3 4 7 13);
            [
                xor(v0, v8),
                xor(v1, v9),
                xor(v2, v10),
                xor(v3, v11),
                xor(v4, v12),
                xor(v5, v13),
                xor(v6, v14),
                xor(v7, v15),
            ]
        }
    };
}
pub(super) use rounds;
