// SPDX-License-Identifier: Apache-2.0

/// Marks of chats and of tools' results, as the templates of common models write them.
///
/// Looked for in the text in small letters without spaces and backslashes; `\n` in two characters is a line feed.
enum ChatMarks {
    static func found(in text: [UInt8]) -> Manipulation {
        let text = dense(text)
        var found: Manipulation = []
        let marks = marks
        let starts = starts
        for place in text.indices.dropLast() {
            let pair = Int(text[place]) << 8 | Int(text[place + 1])
            for index in Int(starts[pair]) ..< Int(starts[pair + 1])
            where text[place...].starts(with: marks[index].text) {
                found.insert(marks[index].reason)
            }
        }
        return found
    }

    /// The first byte is a line feed: the start of a text is that of a line.
    private static func dense(_ text: [UInt8]) -> [UInt8] {
        var dense: [UInt8] = [0x0A]
        dense.reserveCapacity(text.count + 1)
        var place = 0
        while place < text.count {
            let byte = text[place]
            place += 1
            if byte == 0x5C {
                if place < text.count, text[place] == 0x6E {
                    dense.append(0x0A)
                    place += 1
                }
            } else if byte == 0x0A {
                if dense.last != 0x0A { dense.append(byte) }
            } else if byte != 0x20 {
                dense.append(byte == 0x27 ? 0x22 : Ascii.lower(byte))
            }
        }
        return dense
    }

    private struct Mark {
        let text: [UInt8]
        let reason: Manipulation
    }

    private static let roles = """
        <|im_start <|im_end <|im_sep <|system <|user|> <|assistant <|endoftext <|eot_id <|end|> <|start|> <|message|> \
        <|channel|> <|start_header_id <|end_header_id <|begin_of_text <|tool [inst] [/inst] <<sys>> <</sys>> <system> \
        </system> <assistant> </assistant> </user> <human> </human> <system- <system_ </system_ </system- <instructions> \
        </instructions> ###system ###instruction ###assistant ###human ###user: [assistant] [systemmessage] \
        (systemmessage) "role":"system" "role":"assistant" "role":"user" "role":"developer"
        """
    private static let lineRoles = "assistant: human: systemprompt: systemmessage: systemoverride systemnotice"
    private static let tools = """
        <tool_ </tool_ <tooloutput </tooloutput <toolresult </toolresult <function_result </function_result <function_call \
        </function_call <invokename= "tool_use_id" "tool_call_id" "role":"tool" "role":"function" "type":"tool_ \
        "structuredcontent" "iserror": toolresult: tooloutput: toolresponse: functionresult: endoftool endofuntrusted \
        enduntrusted </untrusted "untrusted": "manipulation_suspected endofalertdata [toolresult [tooloutput
        """

    /// In order of their bytes: `marks[starts[pair] ..< starts[pair + 1]]` have the same first two.
    private static let marks: [Mark] = {
        var marks: [Mark] = []
        func add(_ words: String, _ reason: Manipulation, prefix: [UInt8] = []) {
            for word in words.split(separator: " ") {
                let text = prefix + Array(word.utf8)
                marks.append(Mark(text: text, reason: reason))
            }
        }
        add(roles, .roleTags)
        add(lineRoles, .roleTags, prefix: [0x0A])
        add(tools, .toolOutput)
        return marks.sorted { $0.text.lexicographicallyPrecedes($1.text) }
    }()

    private static let starts: [Int32] = {
        var starts = [Int32](repeating: 0, count: 65_537)
        for mark in marks { starts[(Int(mark.text[0]) << 8 | Int(mark.text[1])) + 1] += 1 }
        for pair in 1 ... 65_536 { starts[pair] += starts[pair - 1] }
        return starts
    }()
}
