package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"google.golang.org/grpc"

	"dunlin/invoice"
)

// fakeOperator keeps the search attributes of one namespace.
type fakeOperator struct {
	operatorservice.OperatorServiceClient
	have map[string]enums.IndexedValueType
	adds int
}

func (f *fakeOperator) ListSearchAttributes(context.Context, *operatorservice.ListSearchAttributesRequest, ...grpc.CallOption) (*operatorservice.ListSearchAttributesResponse, error) {
	return &operatorservice.ListSearchAttributesResponse{CustomAttributes: f.have}, nil
}

func (f *fakeOperator) AddSearchAttributes(_ context.Context, r *operatorservice.AddSearchAttributesRequest, _ ...grpc.CallOption) (*operatorservice.AddSearchAttributesResponse, error) {
	f.adds++
	for name, kind := range r.SearchAttributes {
		f.have[name] = kind
	}
	return &operatorservice.AddSearchAttributesResponse{}, nil
}

func TestSearchAttributes(t *testing.T) {
	t.Parallel()
	f := &fakeOperator{have: map[string]enums.IndexedValueType{"DunlinStage": enums.INDEXED_VALUE_TYPE_KEYWORD, "Other": enums.INDEXED_VALUE_TYPE_TEXT}}
	added, err := addAttributes(t.Context(), f, "billing")
	require.NoError(t, err)
	require.Equal(t, 6, added)
	require.Equal(t, enums.INDEXED_VALUE_TYPE_DATETIME, f.have["DunlinDueDate"])
	require.Equal(t, enums.INDEXED_VALUE_TYPE_INT, f.have["DunlinBalance"])
	added, err = addAttributes(t.Context(), f, "billing")
	require.NoError(t, err)
	require.Zero(t, added)
	require.Equal(t, 1, f.adds)

	f.have["DunlinBalance"] = enums.INDEXED_VALUE_TYPE_TEXT
	_, err = addAttributes(t.Context(), f, "billing")
	require.Equal(t, invoice.CodeState, invoice.CodeOf(err))
}
