package passtools

import "strings"

// Where fields and headers stand: fieldType as the last revision writes it.
const (
	placeHeader    = "header"
	placePrimary   = "primary"
	placeSecondary = "secondary"
	placeAuxiliary = "auxiliary"
	placeBack      = "back"
	placeTertiary  = "tertiary"
	placeNowhere   = "notAssigned"

	placeTop     = "topLevel"
	placeImage   = "image"
	placeBarcode = "barcode"
	placeStyle   = "passTop"
)

// legacyPlaces are the same as the revisions before write them.
var legacyPlaces = map[string]string{
	placeHeader: "HEADER", placePrimary: "PRIMARY", placeSecondary: "SECONDARY", placeAuxiliary: "AUXILIARY", placeBack: "BACK",
	placeTertiary: "TERTIARY", placeNowhere: "NOT_ASSIGNED",
	placeTop: "TOP_LEVEL", placeImage: "IMAGE", placeBarcode: "BARCODE", placeStyle: "PASS_TOP",
}

// places are all of them by what squeeze makes of either spelling.
var places = func() map[string]string {
	out := make(map[string]string, len(legacyPlaces))
	for place := range legacyPlaces {
		out[strings.ToLower(place)] = place
	}
	return out
}()

// groups are the arrays of pass.json by place.
var groups = map[string]string{
	placeHeader: "headerFields", placePrimary: "primaryFields", placeSecondary: "secondaryFields",
	placeAuxiliary: "auxiliaryFields", placeTertiary: "auxiliaryFields", placeBack: "backFields",
}

// ofHeaders says whether what stands at a place is a header and no field.
func ofHeaders(place string) bool {
	return place == placeTop || place == placeImage || place == placeBarcode || place == placeStyle
}
