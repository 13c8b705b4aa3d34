package barcode

import "iter"

// run is a stretch of dark modules in a row: columns from ≤ x < to.
type run struct{ row, from, to int }

// runs yields the stretches row by row, left to right.
func (s symbol) runs() iter.Seq[run] {
	return func(yield func(run) bool) {
		for row := range s.rows {
			for col := 0; col < s.cols; col++ {
				if !s.dark(col, row) {
					continue
				}
				from := col
				for col < s.cols && s.dark(col, row) {
					col++
				}
				if !yield(run{row, from, col}) {
					return
				}
			}
		}
	}
}
