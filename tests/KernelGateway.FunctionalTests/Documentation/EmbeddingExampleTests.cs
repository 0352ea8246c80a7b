using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Documentation;

[RequiresKernel]
public sealed class EmbeddingExampleTests
{
    [Test]
    [CancelAfter(120_000)]
    public async Task Example_runs_code_and_shows_its_output(CancellationToken cancellationToken)
    {
        var output = new StringWriter();

        await EmbeddingExample.RunAsync(output).WaitAsync(cancellationToken);

        output.ToString().ReplaceLineEndings("\n").Should().Be("0\n1\n2\n28\nno error\nCompleted\n");
    }
}
