using System.Net;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>
/// The unmodified npm package <c>@e2b/code-interpreter</c> 0.0.8, of the generation before, against the real command: the samples of its
/// documentation.
/// </summary>
[RequiresKernel]
[Platform("Linux")]
public sealed class E2BLegacyNotebookTests
{
    private const int Port = 8888;   // the package knows no other

    private static readonly byte[] Octets = [.. Enumerable.Range(1, 250).Select(value => (byte)value)];

    [TestCase("hello_world", "ipykernel")]
    [TestCase("options_of_a_cell", "ipykernel")]
    [TestCase("results", "ipykernel")]
    [TestCase("errors", "ipykernel")]
    [TestCase("shared_context", "ipykernel")]
    [TestCase("plot", "matplotlib")]
    [TestCase("streaming", "pandas")]
    [CancelAfter(120_000)]
    public async Task Samples_of_the_documentation_work(string name, string module, CancellationToken cancellationToken)
    {
        ClientScript.RequireNodePackage("code-interpreter-legacy");
        ClientScript.RequirePythonModules(module);

        // An address of its own: each case has its port, and a fresh gateway, whose only kernel is the one that the package looks for.
        var address = new IPAddress([127, .. Random.Shared.GetItems(Octets, 3)]);
        await using var server = await ServerProcess.StartAtAsync(address, Port, cancellationToken, "--auth", "none");

        await ClientScript.RunNodeAsync(
            new Dictionary<string, string> { ["E2B_SECURE"] = "false" }, cancellationToken, "e2b-legacy-notebook.mjs", name, $"{address}");
    }
}
