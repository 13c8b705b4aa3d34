package pkpass

// ImageSpecs is the whole table.
var ImageSpecs = imageSpecs
