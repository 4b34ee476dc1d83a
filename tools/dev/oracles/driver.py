"""Client of tests/differential/encode_driver.c: our encoder, many texts in one request."""
import array
import subprocess
import sys

SPECIAL, FRAME = 1, 2
FAILED, COUNT_DIFFERS = 0xFFFFFFFF, 0xFFFFFFFE

if sys.byteorder != "little":
    raise SystemExit("driver.py: the pipe protocol is little-endian")


class NoData(Exception):
    """The data of the encoding is not here."""


class Driver:
    def __init__(self, program, name, data=None, user=None, cache=None, recipe=None):
        args = [program]
        for option, value in (("--data", data), ("--user", user), ("--cache", cache), ("--recipe", recipe)):
            if value:
                args += [option, value]
        self.name = name
        self.proc = subprocess.Popen(args + [name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1 << 20)
        # An empty request is answered by nothing, so the first real one tells whether it runs.

    def _read(self, n_words):
        out = array.array("I")
        data = self.proc.stdout.read(4 * n_words)
        if len(data) != 4 * n_words:
            code = self.proc.wait()
            if code == 3:
                raise NoData(self.name)
            raise RuntimeError(f"{self.name}: the driver ended with code {code}")
        out.frombytes(data)
        return out

    def encode_flat(self, texts, flags=0):
        """texts: bytes objects. (n_ids a text, all ids one after the other), arrays of u32."""
        head = array.array("I", [flags, len(texts)])
        head.extend(map(len, texts))
        try:
            self.proc.stdin.write(head.tobytes())
            self.proc.stdin.write(b"".join(texts))
            self.proc.stdin.flush()
        except BrokenPipeError:
            pass
        n_ids = self._read(len(texts))
        return n_ids, self._read(sum(n for n in n_ids if n < COUNT_DIFFERS))

    def encode(self, texts, flags=0):
        """A list of ids a text; None where the encoder failed, "count" where count() disagrees."""
        n_ids, ids = self.encode_flat(texts, flags)
        out, at = [], 0
        for n in n_ids:
            if n == FAILED:
                out.append(None)
            elif n == COUNT_DIFFERS:
                out.append("count")
            else:
                out.append(ids[at:at + n].tolist())
                at += n
        return out

    def close(self):
        self.proc.stdin.close()
        self.proc.stdout.close()
        return self.proc.wait()
