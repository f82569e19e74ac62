package bank

// Profile says how one bank writes CSV. It is read from YAML by ParseProfile.
type Profile struct {
	Name string
}
