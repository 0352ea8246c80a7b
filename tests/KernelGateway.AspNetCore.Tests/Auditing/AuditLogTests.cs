using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Auditing;
using KernelGateway.AspNetCore.Tests.Jupyter.Channels;
using KernelGateway.AspNetCore.Tests.Notebooks;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Testing.Logging;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Auditing;

public sealed class AuditLogTests
{
    private const int TestTimeout = 60_000;
    private const int Submitted = 5401;
    private const int Created = 5402;
    private const int Removed = 5403;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Execute_is_logged_with_token_address_context_and_hash(CancellationToken cancellationToken)
    {
        using var file = new TokenFileFixture("alice one");
        await using var server = await StartAsync(file);
        using var alice = server.NewClient("one");

        using var stream = await alice.ExecuteAsync("print ü", cancellationToken);
        await stream.ReadAllAsync(cancellationToken);

        var lines = Lines(server);
        lines.Select(line => line.EventId.Id).Should().Equal(Created, Submitted);
        var context = server.Gateway.Contexts.List().Single().Id;
        lines.Should().OnlyContain(line => (string)line["TokenName"]! == "alice" && (string)line["RemoteAddress"]! == "127.0.0.1"
            && (string)line["ContextId"]! == context);
        lines[1]["CodeHash"].Should().Be(Hash("print ü"));
        lines[1]["CodeBytes"].Should().Be(8);
        lines.Should().NotContain(line => line.ToString().Contains("print"));
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Contexts_are_logged_when_they_are_created_and_removed(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync();

        var id = await server.Client.CreateContextAsync(cancellationToken);
        (await server.Client.DeleteAsync($"/contexts/{id}", cancellationToken)).Dispose();
        (await server.Client.DeleteAsync($"/contexts/{id}", cancellationToken)).Dispose();

        Lines(server).Select(line => (line.EventId.Id, line["ContextId"], line["TokenName"])).Should().Equal((Created, id, "default"), (Removed, id, "default"));
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Second_request_for_a_default_context_has_not_created_it(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync();

        for (var i = 0; i < 2; i++)
        {
            using var stream = await server.Client.ExecuteAsync("print a", cancellationToken);
            await stream.ReadAllAsync(cancellationToken);
        }

        Lines(server).Select(line => line.EventId.Id).Should().Equal(Created, Submitted, Submitted);
    }

    [TestCase("application/json")]
    [TestCase("application/x-ndjson")]
    [CancelAfter(TestTimeout)]
    public async Task Cells_of_a_notebook_are_logged_one_by_one(string accept, CancellationToken cancellationToken)
    {
        await using var server = await StartAsync();

        using var request = NotebookCalls.Request(NotebookCalls.Body("print a", "", "return b"), "", accept);
        using var response = await server.Client.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();

        Lines(server).Select(line => line.EventId.Id).Should().Equal(Created, Submitted, Submitted, Removed);
        Hashes(server).Should().Equal(Hash("print a"), Hash("return b"));
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernels_and_requests_of_Jupyter_clients_are_logged(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync();
        var id = (await server.Client.StartKernelAsync(cancellationToken)).Id();
        using var client = await ChannelClient.ConnectAsync(server, id, "", cancellationToken);

        var content = new JObject { ["code"] = "print hello", ["user_expressions"] = new JObject { ["x"] = "6*7", ["y"] = 1 } };
        await client.ReceiveAnswersAsync(await client.SendAsync("execute_request", content, cancellationToken), cancellationToken);
        await client.ReceiveAnswersAsync(await client.SendAsync("kernel_info_request", [], cancellationToken), cancellationToken);
        (await server.Client.DeleteAsync($"/api/kernels/{id}", cancellationToken)).Dispose();

        Lines(server).Select(line => (line.EventId.Id, line["ContextId"])).Should().Equal((Created, id), (Submitted, id), (Submitted, id), (Removed, id));
        Hashes(server).Should().Equal(Hash("print hello"), Hash("6*7"));
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernels_of_sessions_are_logged(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync();

        var session = await server.Client.CreateSessionAsync("a.ipynb", cancellationToken);
        (await server.Client.DeleteAsync($"/api/sessions/{session.Id()}", cancellationToken)).Dispose();

        Lines(server).Select(line => line.EventId.Id).Should().Equal(Created, Removed);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Nothing_is_logged_unless_it_is_turned_on(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var stream = await server.Client.ExecuteAsync("print a", cancellationToken);
        await stream.ReadAllAsync(cancellationToken);

        Lines(server).Should().BeEmpty();
    }

    private static Task<GatewayServer> StartAsync(TokenFileFixture? file = null) => GatewayServer.StartAsync(http: http =>
    {
        http.Audit = true;
        http.TokenFile = file?.Path;
    });

    private static List<LogEntry> Lines(GatewayServer server) => [.. server.Log.Entries.Where(entry => entry.Category == AuditLog.Category)];

    private static IEnumerable<object?> Hashes(GatewayServer server) => Lines(server).Where(line => line.EventId.Id == Submitted).Select(line => line["CodeHash"]);

    private static string Hash(string code) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(code)));
}
