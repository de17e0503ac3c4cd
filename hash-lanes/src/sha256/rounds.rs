//! The compression function on vectors of words, one word of each message, whatever their width.

/// Defines `compress` for vectors of a module that has the operations on words as functions of its
/// own (FIPS 180-4 sections 4.1.2 and 6.2.2).
macro_rules! compress {
    ($vector:ty, $features:literal) => {
        /// The state after the block of the words `w`.
        #[target_feature(enable = $features)]
        fn compress(state: &[$vector; 8], w: [$vector; 16]) -> [$vector; 8] {
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
            let [a0, b0, c0, d0, e0, f0, g0, h0] = *state;
            [
                add(a0, a),
                add(b0, b),
                add(c0, c),
                add(d0, d),
                add(e0, e),
                add(f0, f),
                add(g0, g),
                add(h0, h),
            ]
        }
    };
}
pub(super) use compress;
