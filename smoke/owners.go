package smoke

import "slices"

// Users are the services whose ports a text names, in the order of the file: they must
// be up for whoever uses the text.
func (s *Spec) Users(text string) []string {
	var out []string
	for _, m := range portName.FindAllStringSubmatch(text, -1) {
		if v := s.owner(m[1]); v != nil && !slices.Contains(out, v.Name) {
			out = append(out, v.Name)
		}
	}
	return out
}
