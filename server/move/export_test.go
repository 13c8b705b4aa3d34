package move

// PictureName is what the file of a picture is called that an address led to.
func PictureName(address string) string { return hashName(address) }
