// Known digests: RFC 1321 appendix A.5 and FIPS 180 examples.

import Ansible
import Testing

@Suite struct DigestTests {
  @Test(arguments: [
    (Digest.Function.md5, "900150983cd24fb0d6963f7d28e17f72"),
    (.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (
      .sha256,
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    ),
  ])
  func knownDigests(function: Digest.Function, expected: String) {
    #expect(Digest.hex("abc".utf8, function) == expected)
  }
}
