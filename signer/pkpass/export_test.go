package pkpass

// ImageSpecs is the whole table.
var ImageSpecs = imageSpecs

// Channels are those of a colour.
func Channels(s string) (channels [3]uint8, ok bool) {
	c, ok := parseColor(s)
	return [3]uint8{c.r, c.g, c.b}, ok
}
