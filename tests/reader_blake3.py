"""BLAKE3 (its paper, section 2) in plain Python, for reader.py."""
import struct

IV = [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19]
CHUNK_START, CHUNK_END, PARENT, ROOT, KEYED = 1, 2, 4, 8, 16


def _steps():
    """The 56 quarter rounds: four places in the state, two message words."""
    lanes = [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
             (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]
    order, steps = list(range(16)), []
    for _ in range(7):
        steps += [lane + (order[2 * i], order[2 * i + 1]) for i, lane in enumerate(lanes)]
        order = [order[i] for i in (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)]
    return steps


STEPS = _steps()


def _compress(cv, m, counter, length, flags):
    """The first eight words of the compression function's output."""
    v = cv + IV[:4] + [counter & 0xFFFFFFFF, counter >> 32, length, flags]
    for a, b, c, d, x, y in STEPS:
        va = (v[a] + v[b] + m[x]) & 0xFFFFFFFF
        vd = v[d] ^ va
        vd = (vd >> 16 | vd << 16) & 0xFFFFFFFF
        vc = (v[c] + vd) & 0xFFFFFFFF
        vb = v[b] ^ vc
        vb = (vb >> 12 | vb << 20) & 0xFFFFFFFF
        v[a] = va = (va + vb + m[y]) & 0xFFFFFFFF
        vd ^= va
        v[d] = vd = (vd >> 8 | vd << 24) & 0xFFFFFFFF
        v[c] = vc = (vc + vd) & 0xFFFFFFFF
        vb ^= vc
        v[b] = (vb >> 7 | vb << 25) & 0xFFFFFFFF
    return [v[i] ^ v[i + 8] for i in range(8)]


def blake3(data, key=None):
    """32-byte BLAKE3 of `data`, keyed if `key` is given; some 1 to 2 MB/s."""
    start_cv = list(struct.unpack("<8I", key)) if key else IV
    mode = KEYED if key else 0

    def chunk(index, root):
        part, cv = data[1024 * index:1024 * index + 1024], start_cv
        blocks = max(1, -(-len(part) // 64))
        for i in range(blocks):
            block = part[64 * i:64 * i + 64]
            flags = mode | (CHUNK_START if i == 0 else 0) | ((CHUNK_END | root) if i == blocks - 1 else 0)
            cv = _compress(cv, struct.unpack("<16I", block.ljust(64, b"\0")), index, len(block), flags)
        return cv

    def subtree(first, count, root):
        if count == 1:
            return chunk(first, root)
        left = 1 << (count - 1).bit_length() - 1
        words = subtree(first, left, 0) + subtree(first + left, count - left, 0)
        return _compress(start_cv, words, 0, 64, mode | PARENT | root)

    return struct.pack("<8I", *subtree(0, max(1, -(-len(data) // 1024)), ROOT))
