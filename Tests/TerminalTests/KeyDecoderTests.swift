// Bytes to keys: what real terminals send, cut anywhere.

import Terminal
import Testing

struct KeyDecoderTests {
  static let table: [(String, [Key])] = [
    ("a", [.character("a")]),
    ("é作", [.character("é"), .character("作")]),
    ("\r", [.enter]), ("\n", [.enter]), ("\t", [.tab]),
    ("\u{7F}", [.backspace]), ("\u{8}", [.backspace]),
    ("\u{3}", [.control("c")]), ("\u{0}", [.control(" ")]),
    ("\u{1B}[A", [.up]), ("\u{1B}OA", [.up]), ("\u{1B}[B", [.down]),
    ("\u{1B}[C", [.right]), ("\u{1B}[D", [.left]),
    ("\u{1B}[H", [.home]), ("\u{1B}[1~", [.home]), ("\u{1B}[7~", [.home]),
    ("\u{1B}OH", [.home]), ("\u{1B}[F", [.end]), ("\u{1B}[4~", [.end]),
    ("\u{1B}[8~", [.end]), ("\u{1B}[5~", [.pageUp]),
    ("\u{1B}[6~", [.pageDown]), ("\u{1B}[3~", [.delete]),
    ("\u{1B}[2~", [.insert]), ("\u{1B}[Z", [.backTab]),
    ("\u{1B}OP", [.function(1)]), ("\u{1B}[11~", [.function(1)]),
    ("\u{1B}[[A", [.function(1)]), ("\u{1B}[15~", [.function(5)]),
    ("\u{1B}[24~", [.function(12)]),
    ("\u{1B}[1;5C", [Key(.right, .control)]),
    ("\u{1B}[1;2A", [Key(.up, .shift)]),
    ("\u{1B}[3;3~", [Key(.delete, .alt)]),
    ("\u{1B}x", [Key(.character("x"), .alt)]),
    ("\u{1B}OM", [.enter]), ("\u{1B}Ow", [.character("7")]),
    ("j\u{1B}[Bk", [.character("j"), .down, .character("k")]),
    // Unknown sequences vanish whole, never as letters.
    ("\u{1B}[99~a", [.character("a")]),
    ("\u{1B}[?1;2ca", [.character("a")]),
  ]

  @Test(arguments: table.indices)
  func whole(_ index: Int) {
    var decoder = KeyDecoder()
    let (text, keys) = Self.table[index]
    let found = decoder.decode(text.utf8) + decoder.silence()
    #expect(found == keys.map(Input.key))
  }

  @Test(arguments: table.indices)
  func byteByByte(_ index: Int) {
    var decoder = KeyDecoder()
    let (text, keys) = Self.table[index]
    var found: [Input] = []
    for byte in text.utf8 { found += decoder.decode([byte]) }
    found += decoder.silence()
    #expect(found == keys.map(Input.key))
  }

  @Test func loneEscapeNeedsSilence() {
    var decoder = KeyDecoder()
    #expect(decoder.decode([0x1B]).isEmpty)
    #expect(decoder.isWaiting)
    #expect(decoder.silence() == [.key(.escape)])
    #expect(!decoder.isWaiting)
  }

  @Test func twoEscapes() {
    var decoder = KeyDecoder()
    let found = decoder.decode([0x1B, 0x1B]) + decoder.silence()
    #expect(found == [.key(.escape), .key(.escape)])
  }

  @Test func eraseCharacterOfTheTerminal() {
    var decoder = KeyDecoder(eraseCharacter: 0x23)
    #expect(decoder.decode([0x23]) == [.key(.backspace)])
  }

  @Test func sequencesOfTerminfo() {
    var decoder = KeyDecoder(
      sequences: [(Array("\u{1B}?z".utf8), .pageDown)])
    #expect(decoder.decode("\u{1B}?z".utf8) == [.key(.pageDown)])
  }

  @Test func pasteIsOneInput() {
    let text = "\u{1B}[200~line 1\nq\u{1B}[A\u{1B}[201~x"
    let expected: [Input] = [
      .paste("line 1\nq\u{1B}[A"), .key(.character("x")),
    ]
    var decoder = KeyDecoder()
    #expect(decoder.decode(text.utf8) == expected)
    var slow = KeyDecoder()
    var found: [Input] = []
    for byte in text.utf8 {
      found += slow.decode([byte])
      if found.isEmpty { found += slow.silence() }
    }
    // A pause inside of the opening sequence is not a paste; the rest of this
    // test pauses only after it.
    var paused = KeyDecoder()
    found = paused.decode("\u{1B}[200~".utf8)
    for byte in text.utf8.dropFirst(6) {
      found += paused.decode([byte]) + paused.silence()
    }
    #expect(found == expected)
  }

  @Test func mouseReports() {
    var decoder = KeyDecoder()
    let place = Point(column: 9, row: 4)
    #expect(
      decoder.decode("\u{1B}[<0;10;5M\u{1B}[<0;10;5m".utf8)
        == [.mouse(Mouse(.press, at: place))])
    #expect(
      decoder.decode("\u{1B}[<65;10;5M".utf8)
        == [.mouse(Mouse(.wheelDown, at: place))])
    #expect(
      decoder.decode("\u{1B}[M \u{2A}%".utf8)
        == [.mouse(Mouse(.press, at: place))])
  }

  @Test func brokenUTF8IsDropped() {
    var decoder = KeyDecoder()
    #expect(
      decoder.decode([0xC3, 0x28, 0xFF, 0x61])
        == [.key(.character("(")), .key(.character("a"))])
  }

  /// Whatever comes, the decoder takes it all and never stops.
  @Test func anyBytes() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      var decoder = KeyDecoder()
      for _ in 0..<20 {
        let bytes = (0..<8).map { _ -> UInt8 in
          let choice: [UInt8] = [0x1B, 0x5B, 0x4F, 0x4D, 0x3C, 0x3B, 0x7E]
          return Bool.random(using: &random)
            ? choice.randomElement(using: &random) ?? 0
            : UInt8.random(in: 0...255, using: &random)
        }
        _ = decoder.decode(bytes)
      }
      _ = decoder.silence()
      #expect(!decoder.isWaiting)
    }
  }
}
