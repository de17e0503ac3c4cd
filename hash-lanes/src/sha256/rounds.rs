//! The compression function on vectors of words, one word of each message (FIPS 180-4 sections
//! 4.1.2 and 6.2.2).

/// Defines what all kernels do with columns of words: vectors that hold a word of each message.
/// The module has the operations on them as functions.
macro_rules! rounds {
    ($features:literal) => {
        /// The states after the nodes whose children are columns of words, eight of the left ones
        /// and eight of the right ones.
        #[inline]
        #[target_feature(enable = $features)]
        fn nodes_of(mut words: [Words; 16]) -> [Words; 8] {
            // Behind the prefix every byte is one further on: a word ends in the next one.
            let mut before = splat(u32::from(NODE_PREFIX));
            for word in &mut words {
                let moved = or(shift_left::<24>(before), shift_right::<8>(*word));
                before = *word;
                *word = moved;
            }
            let state = compress(&initial(), words);
            let mut second = [splat(0); 16];
            second[0] = or(shift_left::<24>(before), splat(NODE_END));
            second[15] = splat(NODE_BITS);
            compress(&state, second)
        }

        /// Compresses a block of each message that is still active.
        #[inline]
        #[target_feature(enable = $features)]
        fn step(state: &mut [Words; 8], words: [Words; 16], active: &[bool; LANES]) {
            let next = compress(state, words);
            for (word, next) in state.iter_mut().zip(next) {
                *word = select(active, *word, next);
            }
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn initial() -> [Words; 8] {
            let mut state = [splat(0); 8];
            for (words, word) in state.iter_mut().zip(INITIAL) {
                *words = splat(word);
            }
            state
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn digests_of(mut state: [Words; 8]) -> [Digest; LANES] {
            for words in &mut state {
                *words = reverse_bytes(*words);
            }
            digests(state)
        }

        /// The state after the block of the words `w`.
        #[target_feature(enable = $features)]
        fn compress(state: &[Words; 8], w: [Words; 16]) -> [Words; 8] {
            let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
            #[rustfmt::skip]
            let [mut w0, mut w1, mut w2, mut w3, mut w4, mut w5, mut w6, mut w7,
                 mut w8, mut w9, mut w10, mut w11, mut w12, mut w13, mut w14, mut w15] = w;

            macro_rules! round {
                ($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident
                 $w:ident $k:expr) => {
                    let known = add($h, add($w, splat($k)));
                    let (chosen, sum) = (choose($e, $f, $g), big_sigma1($e));
                    $d = add(add(add($d, known), chosen), sum);
                    $h = add(add(add(known, chosen), sum), majority($a, $b, $c));
                    $h = add($h, big_sigma0($a));
                };
            }
            macro_rules! extend {
                ($w:ident $w1:ident $w9:ident $w14:ident) => {
                    $w = add(add($w, small_sigma0($w1)), add($w9, small_sigma1($w14)));
                };
            }
            let (constants, _) = K.as_chunks::<16>();
            for (sixteen, k) in constants.iter().enumerate() {
                if sixteen > 0 {
                    extend!(w0 w1 w9 w14);
                    extend!(w1 w2 w10 w15);
                    extend!(w2 w3 w11 w0);
                    extend!(w3 w4 w12 w1);
                    extend!(w4 w5 w13 w2);
                    extend!(w5 w6 w14 w3);
                    extend!(w6 w7 w15 w4);
                    extend!(w7 w8 w0 w5);
                    extend!(w8 w9 w1 w6);
                    extend!(w9 w10 w2 w7);
                    extend!(w10 w11 w3 w8);
                    extend!(w11 w12 w4 w9);
                    extend!(w12 w13 w5 w10);
                    extend!(w13 w14 w6 w11);
                    extend!(w14 w15 w7 w12);
                    extend!(w15 w0 w8 w13);
                }
                round!(a b c d e f g h w0 k[0]);
                round!(h a b c d e f g w1 k[1]);
                round!(g h a b c d e f w2 k[2]);
                round!(f g h a b c d e w3 k[3]);
                round!(e f g h a b c d w4 k[4]);
                round!(d e f g h a b c w5 k[5]);
                round!(c d e f g h a b w6 k[6]);
                round!(b c d e f g h a w7 k[7]);
                round!(a b c d e f g h w8 k[8]);
                round!(h a b c d e f g w9 k[9]);
                round!(g h a b c d e f w10 k[10]);
                round!(f g h a b c d e w11 k[11]);
                round!(e f g h a b c d w12 k[12]);
                round!(d e f g h a b c w13 k[13]);
                round!(c d e f g h a b w14 k[14]);
                round!(b c d e f g h a w15 k[15]);
            }
            let after = [a, b, c, d, e, f, g, h];
            let mut sums = *state;
            for (sum, word) in sums.iter_mut().zip(after) {
                *sum = add(*sum, word);
            }
            sums
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn big_sigma0(a: Words) -> Words {
            xor_three(rotate_right::<2>(a), rotate_right::<13>(a), rotate_right::<22>(a))
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn big_sigma1(e: Words) -> Words {
            xor_three(rotate_right::<6>(e), rotate_right::<11>(e), rotate_right::<25>(e))
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn small_sigma0(w: Words) -> Words {
            xor_three(rotate_right::<7>(w), rotate_right::<18>(w), shift_right::<3>(w))
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn small_sigma1(w: Words) -> Words {
            xor_three(rotate_right::<17>(w), rotate_right::<19>(w), shift_right::<10>(w))
        }
    };
}
pub(super) use rounds;
