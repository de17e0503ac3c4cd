//! `Keccak-f[1600]` on vectors of words, one word of each state (FIPS 202 section 3.2). Word
//! `x + 5 * y` of the state is the specification's lane `(x, y)`.

/// The round constants, FIPS 202 section 3.2.5.
pub(super) const ROUNDS: [u64; 24] = {
    let mut constants = [0; 24];
    // The register of algorithm 5.
    let mut register = 1_u64;
    let mut round = 0;
    while round < constants.len() {
        let mut j = 0;
        while j <= 6 {
            if register & 1 == 1 {
                constants[round] |= 1 << ((1 << j) - 1);
            }
            register <<= 1;
            if register & 0x100 != 0 {
                register ^= 0x171;
            }
            j += 1;
        }
        round += 1;
    }
    constants
};

/// Defines the permutation for a module that has the operations on words as functions.
macro_rules! rounds {
    ($features:literal) => {
        #[inline]
        #[target_feature(enable = $features)]
        fn permute(s: &mut [Words; 25]) {
            macro_rules! sum {
                ($x:literal) => {
                    xor_three(
                        xor_three(s[$x], s[5 + $x], s[10 + $x]),
                        s[15 + $x],
                        s[20 + $x],
                    )
                };
            }
            macro_rules! theta {
                ($x:literal, $before:expr, $after:expr) => {
                    let (before, after) = ($before, rotate_left::<1>($after));
                    s[$x] = xor_three(s[$x], before, after);
                    s[5 + $x] = xor_three(s[5 + $x], before, after);
                    s[10 + $x] = xor_three(s[10 + $x], before, after);
                    s[15 + $x] = xor_three(s[15 + $x], before, after);
                    s[20 + $x] = xor_three(s[20 + $x], before, after);
                };
            }
            macro_rules! chi {
                ($y:literal, $b:ident) => {
                    s[$y] = xor_and_not($b[$y], $b[$y + 1], $b[$y + 2]);
                    s[$y + 1] = xor_and_not($b[$y + 1], $b[$y + 2], $b[$y + 3]);
                    s[$y + 2] = xor_and_not($b[$y + 2], $b[$y + 3], $b[$y + 4]);
                    s[$y + 3] = xor_and_not($b[$y + 3], $b[$y + 4], $b[$y]);
                    s[$y + 4] = xor_and_not($b[$y + 4], $b[$y], $b[$y + 1]);
                };
            }
            for constant in ROUNDS {
                let (s0, s1, s2, s3, s4) = (sum!(0), sum!(1), sum!(2), sum!(3), sum!(4));
                theta!(0, s4, s1);
                theta!(1, s0, s2);
                theta!(2, s1, s3);
                theta!(3, s2, s4);
                theta!(4, s3, s0);
                // Rho and pi.
                let moved = [
                    s[0],
                    rotate_left::<44>(s[6]),
                    rotate_left::<43>(s[12]),
                    rotate_left::<21>(s[18]),
                    rotate_left::<14>(s[24]),
                    rotate_left::<28>(s[3]),
                    rotate_left::<20>(s[9]),
                    rotate_left::<3>(s[10]),
                    rotate_left::<45>(s[16]),
                    rotate_left::<61>(s[22]),
                    rotate_left::<1>(s[1]),
                    rotate_left::<6>(s[7]),
                    rotate_left::<25>(s[13]),
                    rotate_left::<8>(s[19]),
                    rotate_left::<18>(s[20]),
                    rotate_left::<27>(s[4]),
                    rotate_left::<36>(s[5]),
                    rotate_left::<10>(s[11]),
                    rotate_left::<15>(s[17]),
                    rotate_left::<56>(s[23]),
                    rotate_left::<62>(s[2]),
                    rotate_left::<55>(s[8]),
                    rotate_left::<39>(s[14]),
                    rotate_left::<41>(s[15]),
                    rotate_left::<2>(s[21]),
                ];
                chi!(0, moved);
                chi!(5, moved);
                chi!(10, moved);
                chi!(15, moved);
                chi!(20, moved);
                s[0] = xor(s[0], splat(constant));
            }
        }
    };
}
pub(super) use rounds;
