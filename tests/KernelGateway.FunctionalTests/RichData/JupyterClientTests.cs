using FluentAssertions;
using KernelGateway.FunctionalTests.Clients.Channels;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.RichData;

/// <summary>A Jupyter client sees no effect of the preparation of a kernel for the clients of the code interpreter.</summary>
[RequiresKernel]
public sealed class JupyterClientTests : ServedTests
{
    private const int TestTimeout = 120_000;

    [TestCase("v1")]
    [TestCase("legacy")]
    [CancelAfter(TestTimeout)]
    public async Task Values_have_the_representations_that_the_kernel_alone_gives_them(string protocol, CancellationToken cancellationToken)
    {
        await using var kernel = await JupyterKernel.StartAsync(Server.Url, Token, cancellationToken);
        using var client = await ConnectAsync(kernel, protocol, cancellationToken);

        foreach (var code in new[] { "[1, 2, 3]", "{'a': float('inf')}", "[1, 2, 3]" })
        {
            var result = (await RunAsync(client, code, cancellationToken)).Single(message => message.Type == "execute_result");
            ((JObject)result.Content["data"]!).Properties().Select(property => property.Name).Should().Equal("text/plain");
            result.Content["metadata"]!.ToString().Should().Be("{}");
        }

        var own = await RunAsync(client, "display({'text/plain': 'x', 'e2b/data': {'a': [1]}, 'application/json': [1]}, raw=True)", cancellationToken);
        ((JObject)own.Single(message => message.Type == "display_data").Content["data"]!).Properties().Select(property => property.Name)
            .Should().BeEquivalentTo(["text/plain", "e2b/data", "application/json"], "the code itself has published these representations");
    }

    [TestCase("v1")]
    [CancelAfter(TestTimeout)]
    public async Task Tables_charts_and_saved_images_are_not_added(string protocol, CancellationToken cancellationToken)
    {
        await using var kernel = await JupyterKernel.StartAsync(Server.Url, Token, cancellationToken);
        using var client = await ConnectAsync(kernel, protocol, cancellationToken);
        const string Found = "import importlib.util\nall(importlib.util.find_spec(name) for name in ('pandas', 'matplotlib', 'PIL'))";
        var found = await RunAsync(client, Found, cancellationToken);
        if ((string?)found.Single(message => message.Type == "execute_result").Content["data"]!["text/plain"] != "True") Assert.Ignore("A package is not installed.");

        var table = await RunAsync(client, "import pandas; pandas.DataFrame({'a': [1]})", cancellationToken);
        var chart = await RunAsync(client, "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", cancellationToken);
        var image = await RunAsync(client, "import os, tempfile, PIL.Image\nPIL.Image.new('1', (1, 1)).save(os.path.join(tempfile.mkdtemp(), 'i.png'))", cancellationToken);

        foreach (var messages in new[] { table, chart, image })
        {
            messages.Should().NotContain(message => message.Content.ToString().Contains("e2b/"));
            messages.Should().NotContain(message => message.Content.ToString().Contains("kernel_gateway"));
        }

        table.Should().ContainSingle(message => message.Type == "execute_result");
        chart.Should().ContainSingle(message => message.Type == "display_data");
        image.Should().NotContain(message => message.Type == "display_data", "without the preparation a saved image is not shown");
    }

    [TestCase("v1")]
    [TestCase("legacy")]
    [CancelAfter(TestTimeout)]
    public async Task Output_of_a_thread_of_the_first_cell_belongs_to_that_cell(string protocol, CancellationToken cancellationToken)
    {
        await using var kernel = await JupyterKernel.StartAsync(Server.Url, Token, cancellationToken);
        using var client = await ConnectAsync(kernel, protocol, cancellationToken);

        var request = await client.ExecuteAsync(
            "import threading\nthreading.Timer(0.5, lambda: print('from the thread', flush=True)).start()", cancellationToken);
        ChannelMessage message;
        do message = await client.ReceiveAsync(cancellationToken);
        while (message.Type != "stream");

        message.ParentId.Should().Be(request);
    }

    private static async Task<List<ChannelMessage>> RunAsync(ChannelClient client, string code, CancellationToken cancellationToken)
    {
        var messages = new List<ChannelMessage>();
        var request = await client.ExecuteAsync(code, cancellationToken);
        while (true)
        {
            var message = await client.ReceiveAsync(cancellationToken);
            if (message.ParentId != request) continue;
            messages.Add(message);
            if (message.IsIdle) return messages;
        }
    }

    private Task<ChannelClient> ConnectAsync(JupyterKernel kernel, string protocol, CancellationToken cancellationToken) =>
        ChannelClient.ConnectAsync(
            kernel.ChannelsAt(Server.Url, $"?token={Token}"),
            protocol == "v1" ? ChannelWire.V1 : ChannelWire.Legacy,
            Guid.NewGuid().ToString("N"),
            new Dictionary<string, string>(),
            connect: null,
            cancellationToken);
}
