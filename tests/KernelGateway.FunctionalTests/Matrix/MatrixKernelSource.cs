using System.Collections;

namespace KernelGateway.FunctionalTests.Matrix;

/// <summary>Gives the matrix a fixture for each kernel, by name.</summary>
internal sealed class MatrixKernelSource : IEnumerable<string>
{
    public IEnumerator<string> GetEnumerator() => MatrixKernels.All.Select(kernel => kernel.Name).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
