package page

import "bytes"

// brand is the tool's name in the bar of the frame.
const brand = `<span class="brand">scrum</span>`

// LinkHome makes the tool's name in the bar of a written page a link. Where a page was
// written nobody knows what will serve it.
func LinkHome(data []byte, href string) []byte {
	return bytes.Replace(data, []byte(brand), []byte(`<a class="brand" href="`+href+`">scrum</a>`), 1)
}
