package bank

import (
	"embed"
	"io/fs"
	"path"
	"sync"
)

//go:embed profiles/*.yaml
var profileFiles embed.FS

// shippedProfiles are the profiles that come with Dunlin, in order of their files. They are parsed once.
var shippedProfiles = sync.OnceValue(func() []Profile {
	files, err := fs.Glob(profileFiles, "profiles/*.yaml")
	if err != nil {
		panic(err) // the pattern is constant
	}
	var all []Profile
	for _, file := range files {
		source, err := profileFiles.ReadFile(file)
		if err != nil {
			panic(err) // embedded
		}
		p, err := ParseProfile(path.Base(file), source)
		if err != nil {
			panic("bank: shipped profile does not parse:\n" + err.Error()) // held by a test
		}
		all = append(all, p)
	}
	return all
})
