using NUnit.Framework;
using NUnit.Framework.Internal;

namespace KernelGateway.FunctionalTests.Matrix;

/// <summary>The kernels of the matrix by name, for fixtures and for single tests. The fixtures run on both transports.</summary>
/// <remarks>All but two are in the category <c>EveryVariant</c>, which <c>./test.sh</c> runs only with <c>--all</c>.</remarks>
internal static class MatrixKernelSource
{
    // Two kernels that differ as much as possible: Python on libzmq, interrupted by a signal, and JavaScript on zeromq.rs, which a signal ends.
    private static readonly string[] InEachRun = ["ipykernel", "deno"];

    public static IEnumerable<TestFixtureData> Fixtures =>
        from transport in Enum.GetValues<MatrixTransport>()
        from kernel in MatrixKernels.All
        select Mark(new TestFixtureData(kernel.Name, transport));

    public static IEnumerable<TestCaseData> Cases =>
        MatrixKernels.All.Select(kernel => Mark(new TestCaseData(kernel.Name)));

    private static T Mark<T>(T data)
        where T : NUnit.Framework.Internal.TestParameters
    {
        if (!InEachRun.Contains(data.Arguments[0])) data.Properties.Add(PropertyNames.Category, "EveryVariant");
        return data;
    }
}
