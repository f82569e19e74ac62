//go:build !failpoint

package main

import "go.temporal.io/sdk/client"

// injectFaults changes nothing in this build.
func injectFaults(*client.Options) {}
