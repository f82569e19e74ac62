package api

//go:generate go test -run TestOpenAPIDocumentIsCommitted -update
