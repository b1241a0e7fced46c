package cases

import (
	"encoding/base64"
	"net/url"
	"strings"

	"scrum/parity/node"
)

// fromCurl reads a file of curl command lines, as "copy as cURL" of a browser gives
// them, with comments and continued lines. An option that is not known here is a
// mistake: what it does would be missing.
func fromCurl(name string, data []byte, host string) (Loaded, error) {
	r := &node.Reader{File: name}
	commands, err := shellCommands(name, string(data))
	if err != nil {
		return Loaded{}, err
	}
	var out Loaded
	var left leftOut
	h := hosts{only: host}
	for _, words := range commands {
		c := &curl{r: r, left: &left, c: Case{File: name, Line: words[0].line}}
		if c.read(words) && c.finish(&h) {
			out.Cases = append(out.Cases, c.c)
		}
	}
	out.Notes = left.notes(name, &h)
	if len(out.Cases) == 0 && r.Err() == nil {
		r.Errorf(0, "no curl command of this file is taken")
	}
	return out, r.Err()
}

// curl is one command as far as it is read.
type curl struct {
	r    *node.Reader
	left *leftOut
	c    Case
	url  string
	data []string
	get  bool // -G: data goes into the query
	head bool // -I
	json bool
	bad  bool
}

// option is what curl has an option for.
type option struct {
	arg bool                        // takes a value
	do  func(c *curl, value string) // nil: changes nothing that is sent or compared
}

// options by their long names.
func options() map[string]option {
	quiet := option{}
	return map[string]option{
		"request":        {true, func(c *curl, v string) { c.c.Method = v }},
		"url":            {true, func(c *curl, v string) { c.address(v) }},
		"header":         {true, func(c *curl, v string) { c.header(v) }},
		"data":           {true, func(c *curl, v string) { c.body(strings.NewReplacer("\r", "", "\n", "").Replace(c.noFile(v))) }},
		"data-ascii":     {true, func(c *curl, v string) { c.body(strings.NewReplacer("\r", "", "\n", "").Replace(c.noFile(v))) }},
		"data-binary":    {true, func(c *curl, v string) { c.body(c.noFile(v)) }},
		"data-raw":       {true, func(c *curl, v string) { c.body(v) }},
		"data-urlencode": {true, func(c *curl, v string) { c.body(c.encoded(v)) }},
		"json":           {true, func(c *curl, v string) { c.json = true; c.body(c.noFile(v)) }},
		"get":            {false, func(c *curl, _ string) { c.get = true }},
		"head":           {false, func(c *curl, _ string) { c.head = true }},
		"user":           {true, func(c *curl, v string) { c.user(v) }},
		"user-agent":     {true, func(c *curl, v string) { c.header("User-Agent: " + v) }},
		"referer":        {true, func(c *curl, v string) { c.header("Referer: " + v) }},
		"cookie":         {true, func(c *curl, v string) { c.cookie(v) }},
		"compressed":     quiet, // answers are asked for and compared as they are
		"silent":         quiet,
		"show-error":     quiet,
		"include":        quiet,
		"verbose":        quiet,
		"fail":           quiet,
		"no-buffer":      quiet,
		"http1.1":        quiet,
		"http2":          quiet,
		"globoff":        quiet,
		"location":       {false, func(c *curl, _ string) { c.errorf("-L follows redirects, but they are compared here; take it out") }},
	}
}

// short names of options.
func short() map[byte]string {
	return map[byte]string{
		'X': "request", 'H': "header", 'd': "data", 'G': "get", 'I': "head", 'u': "user", 'A': "user-agent", 'e': "referer",
		'b': "cookie", 's': "silent", 'S': "show-error", 'i': "include", 'v': "verbose", 'f': "fail", 'N': "no-buffer", 'g': "globoff", 'L': "location",
	}
}

func (c *curl) errorf(format string, args ...any) {
	c.bad = true
	c.r.Errorf(c.c.Line, format, args...)
}

// read goes through the words of a command.
func (c *curl) read(words []word) bool {
	if words[0].text != "curl" {
		c.errorf("%s is no curl command", node.Quote(words[0].text))
		return false
	}
	for i := 1; i < len(words); i++ {
		c.c.Line = words[i].line
		switch text := words[i].text; {
		case strings.HasPrefix(text, "--"):
			name, value, has := strings.Cut(text[2:], "=")
			i += c.option("--"+name, name, value, has, words[i+1:])
		case len(text) > 1 && text[0] == '-':
			i += c.shorts(text[1:], words[i+1:])
		default:
			c.address(text)
		}
	}
	c.c.Line = words[0].line
	return !c.bad
}

// shorts reads options that stand behind one dash, the last perhaps with its value.
func (c *curl) shorts(text string, rest []word) (taken int) {
	for k := range len(text) {
		name, ok := short()[text[k]]
		if !ok {
			c.errorf("curl's option -%c is not known here", text[k])
			return 0
		}
		if options()[name].arg {
			return c.option("-"+text[k:k+1], name, text[k+1:], k+1 < len(text), rest)
		}
		c.option("-"+text[k:k+1], name, "", false, nil)
	}
	return 0
}

// option does what one option says, and tells how many further words it took.
func (c *curl) option(written, name, value string, has bool, rest []word) (taken int) {
	o, ok := options()[name]
	if !ok {
		c.errorf("curl's option %s is not known here", written)
		return 0
	}
	if o.arg && !has {
		if len(rest) == 0 {
			c.errorf("curl's option %s has no value", written)
			return 0
		}
		value, taken = rest[0].text, 1
	}
	if o.do != nil {
		o.do(c, value)
	}
	return taken
}

func (c *curl) address(text string) {
	if c.url != "" {
		c.errorf("a second address in one command; write one command for each")
	}
	if !strings.Contains(text, "://") {
		text = "http://" + text // as curl does
	}
	c.url = text
}

func (c *curl) header(text string) {
	name, value, found := strings.Cut(text, ":")
	if !found || strings.HasPrefix(text, "@") || strings.TrimSpace(value) == "" {
		c.errorf("header %s must be a name, a colon and a value", node.Quote(text))
		return
	}
	c.left.header(c.r, &c.c, c.c.Line, strings.TrimSpace(name), strings.TrimSpace(value))
}

func (c *curl) body(text string) { c.data = append(c.data, text) }

// noFile refuses data from a file, which may be another one tomorrow.
func (c *curl) noFile(value string) string {
	if strings.HasPrefix(value, "@") {
		c.errorf("data from a file (%s) cannot be read here; write it out", node.Quote(value))
	}
	return value
}

func (c *curl) encoded(value string) string {
	name, content, found := strings.Cut(value, "=")
	switch {
	case !found && strings.Contains(value, "@"):
		return c.noFile("@" + value)
	case !found:
		return escapedByCurl(value)
	case name == "":
		return escapedByCurl(content)
	}
	return name + "=" + escapedByCurl(content)
}

// escapedByCurl writes a space as %20, not as the plus of forms.
func escapedByCurl(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// formPair is a field of a form.
func formPair(name, value string) string {
	return url.QueryEscape(name) + "=" + url.QueryEscape(value)
}

func (c *curl) user(value string) {
	if !strings.Contains(value, ":") {
		c.errorf("-u must have a user and a password, as in user:password")
	}
	c.header("Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(value)))
}

func (c *curl) cookie(value string) {
	if !strings.Contains(value, "=") {
		c.errorf("-b must have the cookies themselves; a file of them cannot be read")
	}
	c.header("Cookie: " + value)
}

// finish makes the case of what was read.
func (c *curl) finish(h *hosts) bool {
	if c.url == "" {
		c.errorf("the command has no address")
		return false
	}
	u, ok := webURL(c.r, c.c.Line, c.url)
	if !ok || !h.take(c.r, c.c.Line, u) {
		return false
	}
	if u.User != nil {
		password, _ := u.User.Password()
		c.user(u.User.Username() + ":" + password)
	}
	joiner := "&"
	if c.json {
		joiner = ""
	}
	body := strings.Join(c.data, joiner)
	switch {
	case c.get && body != "":
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+body, "&")
	case c.data != nil:
		c.c.Body = body
		c.defaultTypes()
	}
	c.c.Method = c.method()
	c.c.Path = pathOf(u)
	c.c.Name = c.c.fallbackName()
	return checked(c.r, &c.c)
}

// defaultTypes are the headers that curl sets for data.
func (c *curl) defaultTypes() {
	if c.json {
		c.c.ensureHeader("Content-Type", "application/json")
		c.c.ensureHeader("Accept", "application/json")
		return
	}
	c.c.ensureHeader("Content-Type", "application/x-www-form-urlencoded")
}

func (c *curl) method() string {
	switch {
	case c.c.Method != "":
		return c.c.Method
	case c.head:
		return "HEAD"
	case c.data != nil && !c.get:
		return "POST"
	}
	return "GET"
}
