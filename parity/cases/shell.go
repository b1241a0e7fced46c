package cases

import (
	"strconv"
	"strings"
	"unicode"

	"scrum/parity/node"
)

// word is a word of a command line, without its quotes.
type word struct {
	text string
	line int
}

// shellCommands cuts a file into commands and words as a shell would. Whatever a shell
// would calculate (variables, globs, pipes) is a mistake: it is not known here.
func shellCommands(name, text string) ([][]word, error) {
	s := &shell{file: name, text: text, line: 1}
	for s.at < len(s.text) {
		if err := s.next(); err != nil {
			return nil, err
		}
	}
	s.endWord()
	s.endCommand()
	return s.commands, nil
}

// shell is the state of reading: open tells that a word has begun, perhaps with "".
type shell struct {
	file     string
	text     string
	at       int
	line     int
	current  strings.Builder
	open     bool
	start    int // the line on which the word began
	words    []word
	commands [][]word
}

func (s *shell) errorf(format string, args ...any) error {
	r := node.Reader{File: s.file}
	r.Errorf(s.line, format, args...)
	return r.Err()
}

// next reads one character, or one quoted part.
func (s *shell) next() error {
	c := s.text[s.at]
	switch {
	case c == '\n':
		s.endWord()
		s.endCommand()
		s.line++
	case c == ' ', c == '\t', c == '\r':
		s.endWord()
	case c == '#' && !s.open:
		for s.at+1 < len(s.text) && s.text[s.at+1] != '\n' {
			s.at++
		}
	case c == '\\':
		return s.backslash()
	case c == '\'':
		return s.single()
	case c == '"':
		return s.double()
	case c == '$' && strings.HasPrefix(s.text[s.at:], "$'"):
		return s.ansi()
	case strings.IndexByte("$`|&;<>(){}*?[]~!", c) >= 0 && s.special(c):
		return s.errorf("a shell would not take %q as it is; put it in single quotes, or write out what it stands for", string(c))
	default:
		s.put(c)
	}
	s.at++
	return nil
}

// special tells whether a character has its meaning where it stands. Addresses have
// question marks and brackets in them, and no file is named like them.
func (s *shell) special(c byte) bool {
	switch c {
	case '?', '*', '[', ']', '{', '}', '!', '~':
		return !s.open
	}
	return true
}

func (s *shell) put(c byte) {
	s.begin()
	s.current.WriteByte(c)
}

func (s *shell) begin() {
	if !s.open {
		s.open, s.start = true, s.line
	}
}

func (s *shell) endWord() {
	if s.open {
		s.words = append(s.words, word{s.current.String(), s.start})
	}
	s.current.Reset()
	s.open = false
}

func (s *shell) endCommand() {
	if len(s.words) > 0 {
		s.commands = append(s.commands, s.words)
	}
	s.words = nil
}

// backslash takes the next character as it is; before a line break it joins lines.
func (s *shell) backslash() error {
	rest := s.text[s.at+1:]
	switch {
	case rest == "":
		return s.errorf("the file ends after a backslash")
	case strings.HasPrefix(rest, "\r\n"):
		s.at += 3
		s.line++
	case rest[0] == '\n':
		s.at += 2
		s.line++
	default:
		s.put(rest[0])
		s.at += 2
	}
	return nil
}

func (s *shell) single() error {
	s.begin()
	end := strings.IndexByte(s.text[s.at+1:], '\'')
	if end < 0 {
		return s.errorf("a single quote is never closed")
	}
	quoted := s.text[s.at+1 : s.at+1+end]
	s.current.WriteString(quoted)
	s.line += strings.Count(quoted, "\n")
	s.at += end + 2
	return nil
}

func (s *shell) double() error {
	s.begin()
	for i := s.at + 1; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			s.at = i + 1
			return nil
		case c == '$', c == '`':
			return s.errorf("a shell would calculate what begins with %q; write it out", string(c))
		case c == '\\' && i+1 < len(s.text) && strings.IndexByte("$`\"\\\n", s.text[i+1]) >= 0:
			i++
			if s.text[i] != '\n' {
				s.current.WriteByte(s.text[i])
			} else {
				s.line++
			}
		default:
			s.current.WriteByte(c)
			if c == '\n' {
				s.line++
			}
		}
	}
	return s.errorf("a double quote is never closed")
}

// ansi reads $'…', which browsers write for text with quotes or line breaks in it.
func (s *shell) ansi() error {
	s.begin()
	for i := s.at + 2; i < len(s.text); i++ {
		c := s.text[i]
		switch {
		case c == '\'':
			s.at = i + 1
			return nil
		case c == '\n':
			s.line++
			s.current.WriteByte(c)
		case c != '\\':
			s.current.WriteByte(c)
		default:
			n, err := s.ansiEscape(s.text[i+1:])
			if err != nil {
				return err
			}
			i += n
		}
	}
	return s.errorf("a quote is never closed")
}

// ansiEscape reads what follows a backslash and gives its length.
func (s *shell) ansiEscape(rest string) (int, error) {
	if rest == "" {
		return 0, s.errorf("a quote is never closed")
	}
	if i := strings.IndexByte(`abefnrtv\'"?`, rest[0]); i >= 0 {
		s.current.WriteByte("\a\b\x1b\f\n\r\t\v\\'\"?"[i])
		return 1, nil
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[rest[0]]
	n := 1
	for n < len(rest) && n <= digits && strings.IndexByte("0123456789abcdefABCDEF", rest[n]) >= 0 {
		n++
	}
	if digits == 0 || n == 1 {
		return 0, s.errorf("there is no escape \\%c here", rest[0])
	}
	value, err := strconv.ParseInt(rest[1:n], 16, 32)
	switch {
	case err != nil || value > unicode.MaxRune:
		return 0, s.errorf("\\%s is no character", rest[:n])
	case digits == 2:
		s.current.WriteByte(byte(value & 0xff))
	default:
		s.current.WriteRune(rune(value))
	}
	return n, nil
}
