package barcode

import (
	"fmt"
	"strconv"
)

// SVG draws message as a black code on white: one path whose pieces are the
// horizontal runs of dark modules, one unit a module. The error names what is
// wrong with format, message or encoding; an empty encoding is iso-8859-1.
func SVG(format, message, encoding string, o Options) ([]byte, error) {
	s, err := encode(format, message, encoding, o)
	if err != nil {
		return nil, err
	}
	w, h := s.size()
	out := fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" shape-rendering="crispEdges">`+
		`<path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`, w, h, w, h, w, h)
	for run := range s.runs() {
		out = s.appendRun(out, run)
	}
	return append(out, `"/></svg>`...), nil
}

// appendRun writes a rectangle as M x y h width v height H x z.
func (s symbol) appendRun(out []byte, r run) []byte {
	x, y := int64(s.quietX+r.from), int64(s.quietY+r.row*s.rowHeight)
	out = strconv.AppendInt(append(out, 'M'), x, 10)
	out = strconv.AppendInt(append(out, ' '), y, 10)
	out = strconv.AppendInt(append(out, 'h'), int64(r.to-r.from), 10)
	out = strconv.AppendInt(append(out, 'v'), int64(s.rowHeight), 10)
	out = strconv.AppendInt(append(out, 'H'), x, 10)
	return append(out, 'z')
}
