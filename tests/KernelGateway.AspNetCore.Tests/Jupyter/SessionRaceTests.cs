using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter;

public class SessionRaceTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Requests_for_one_path_at_the_same_time_get_one_session(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        var sessions = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.Client.CreateSessionAsync("a", cancellationToken)));

        sessions.Select(session => session.Id()).Distinct().Should().ContainSingle();
        server.Provisioner.Launches.Count.Should().Be(1);
        (await server.Client.GetTokenAsync("/api/sessions", cancellationToken)).Should().ContainSingle();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Creating_and_deleting_at_the_same_time_leaves_neither_sessions_nor_kernels(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(async worker =>
        {
            for (var round = 0; round < 5; round++)
            {
                // Two workers share a path and delete each other's sessions.
                var session = await server.Client.CreateSessionAsync($"path-{worker / 2}", cancellationToken);
                using var listed = await server.Client.GetAsync("/api/sessions", cancellationToken);
                listed.StatusCode.Should().Be(HttpStatusCode.OK);
                using var deleted = await server.Client.DeleteAsync($"/api/sessions/{session.Id()}", cancellationToken);
                ((int)deleted.StatusCode).Should().BeOneOf(204, 404, 410);
            }
        }));

        (await server.Client.GetTokenAsync("/api/sessions", cancellationToken)).Should().BeEmpty();
        (await server.Client.GetTokenAsync("/api/kernels", cancellationToken)).Should().BeEmpty();
        server.Log.Entries.Should().NotContain(entry => entry.EventId.Id == 5003, "no request failed unexpectedly");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Client_that_disconnects_during_the_creation_leaves_no_session(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var givenUp = server.Provisioner.HoldLaunches();
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var creating = server.Client.CreateSessionAsync("a", gone.Token);
        await server.Provisioner.Launches.WaitForAsync(_ => true, cancellationToken);

        await gone.CancelAsync();
        await givenUp.WaitAsync(cancellationToken);
        server.Provisioner.BeforeLaunch = null;
        var session = await server.Client.CreateSessionAsync("a", cancellationToken);

        await creating.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        (await server.Client.GetTokenAsync("/api/sessions", cancellationToken)).Select(one => one.Id()).Should().Equal(session.Id());
        (await server.Client.GetTokenAsync("/api/kernels", cancellationToken)).Should().ContainSingle();
    }
}
