using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Jupyter.Kernels;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Testing.Time;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter;

public class KernelRaceTests
{
    private const int TestTimeout = 60_000;
    private const string Wanted = "0aa2f0a5-6c5e-4a3b-9d0e-5f3f0d9b3c11";

    private static readonly JObject Body = new() { ["kernel_id"] = Wanted };

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Requests_for_one_id_at_the_same_time_get_one_kernel(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        var models = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.Client.StartKernelAsync(cancellationToken, Body)));

        models.Select(model => model.Id()).Should().AllBe(Wanted);
        server.Provisioner.Launches.Count.Should().Be(1);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_that_two_clients_wait_for_starts_also_when_the_first_of_them_goes(CancellationToken cancellationToken)
    {
        await using var direct = await DirectSurface.StartAsync();
        var starts = new KernelStarts(direct.Surface);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        direct.Provisioner.BeforeLaunch = token => gate.Task.WaitAsync(token);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = starts.StartAsync(new StartKernelBody { KernelId = Wanted }, default, gone.Token);
        var second = starts.StartAsync(new StartKernelBody { KernelId = Wanted }, default, cancellationToken);

        await gone.CancelAsync();
        await first.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        gate.SetResult();

        (await second).Id.Should().Be(Wanted);
        direct.Provisioner.Launches.Count.Should().Be(1);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Start_without_waiting_clients_is_cancelled(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var givenUp = server.Provisioner.HoldLaunches();
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = server.Client.StartKernelAsync(gone.Token, Body);
        await server.Provisioner.Launches.WaitForAsync(_ => true, cancellationToken);

        await gone.CancelAsync();
        await givenUp.WaitAsync(cancellationToken);
        server.Provisioner.BeforeLaunch = null;
        var again = await server.Client.StartKernelAsync(cancellationToken, Body);

        await first.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        again.Id().Should().Be(Wanted, "the cancelled start does not block the id");
        server.Provisioner.Launches.Count.Should().Be(2);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_deleted_while_it_starts_does_not_start(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        server.Provisioner.BeforeLaunch = Never.WaitAsync;
        var starting = server.Client.PostJsonAsync("/api/kernels", Body, cancellationToken);
        await server.Provisioner.Launches.WaitForAsync(_ => true, cancellationToken);

        using var deleted = await server.Client.DeleteAsync($"/api/kernels/{Wanted}", cancellationToken);
        using var started = await starting;

        deleted.StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await started.ErrorAsync(HttpStatusCode.Conflict, "Conflict", cancellationToken)).Should().Contain("deleted");
        (await server.Client.GetTokenAsync("/api/kernels", cancellationToken)).Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Id_that_a_start_on_another_surface_holds_is_409(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Provisioner.BeforeLaunch = token => gate.Task.WaitAsync(token);
        var elsewhere = server.Gateway.Contexts.CreateAsync(new() { Id = Wanted }, cancellationToken);
        await server.Provisioner.Launches.WaitForAsync(_ => true, cancellationToken);

        using var response = await server.Client.PostJsonAsync("/api/kernels", Body, cancellationToken);
        gate.SetResult();

        (await response.ErrorAsync(HttpStatusCode.Conflict, "Conflict", cancellationToken)).Should().Contain(Wanted);
        (await elsewhere).Id.Should().Be(Wanted);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Restarts_at_the_same_time_are_one(CancellationToken cancellationToken)
    {
        await using var direct = await DirectSurface.StartAsync();
        await direct.Gateway.Contexts.CreateAsync(new() { Id = Wanted }, cancellationToken);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        direct.Provisioner.BeforeLaunch = token => gate.Task.WaitAsync(token);
        var endpoints = new KernelControlEndpoints(direct.Surface, new KernelNames(direct.Surface));
        var requests = Enumerable.Range(0, 4).Select(_ => new DefaultHttpContext { Request = { RouteValues = { ["id"] = Wanted } } }).ToArray();

        var restarts = requests.Select(endpoints.RestartAsync).ToArray();
        gate.SetResult();
        await Task.WhenAll(restarts).WaitAsync(cancellationToken);

        requests.Select(request => request.Response.StatusCode).Should().AllBeEquivalentTo(200);
        direct.Provisioner.Launches.Count.Should().Be(2, "one for the start and one for all the restarts");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Restart_continues_when_its_client_disconnects(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        await server.Client.StartKernelAsync(cancellationToken, Body);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Provisioner.BeforeLaunch = token => gate.Task.WaitAsync(token);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var restart = server.Client.PostJsonAsync($"/api/kernels/{Wanted}/restart", new JObject(), gone.Token);
        await server.Provisioner.Launches.WaitForAsync(_ => true, 2, cancellationToken);

        await gone.CancelAsync();
        await restart.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        gate.SetResult();
        await server.KernelAsync(cancellationToken, number: 2);
        using var stream = await server.Client.ExecuteAsync("return 42", cancellationToken, new JObject { ["context_id"] = Wanted });

        (await stream.ReadUntilAsync("result", cancellationToken))["text"]!.Value<string>().Should().Be("42");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_deleted_during_a_restart_is_404_for_the_waiting_clients(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        await server.Client.StartKernelAsync(cancellationToken, Body);
        server.Provisioner.BeforeLaunch = Never.WaitAsync;
        var restart = server.Client.PostJsonAsync($"/api/kernels/{Wanted}/restart", new JObject(), cancellationToken);
        await server.Provisioner.Launches.WaitForAsync(_ => true, 2, cancellationToken);

        using var deleted = await server.Client.DeleteAsync($"/api/kernels/{Wanted}", cancellationToken);
        using var restarted = await restart;

        deleted.StatusCode.Should().Be(HttpStatusCode.NoContent);
        await restarted.ErrorAsync(HttpStatusCode.NotFound, "Not Found", cancellationToken);
    }

    [TestCase(true, 204)]
    [TestCase(false, 404)]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_deleted_while_an_interrupt_restarts_it_is_answered_for(
        bool isOurs, int status, CancellationToken cancellationToken)
    {
        // xeus-python can only be interrupted by a restart. The clock of the endpoints stands still, so the response waits for its end.
        await using var direct = await DirectSurface.StartAsync("xpython", new ManualTimeProvider());
        var context = await direct.Gateway.Contexts.CreateAsync(new() { Id = Wanted }, cancellationToken);
        var begun = new MessageSignal(MessageTypes.ExecuteInput);
        using var observation = context.Kernel.Observe(begun);
        if (isOurs) context.Submit("wait gate");
        else await context.Kernel.SendAsync(
            KernelChannel.Shell, MessageFactory.StartSession().Create(new ExecuteRequest { Code = "wait gate" }), cancellationToken);
        await begun.Seen.WaitAsync(cancellationToken);
        direct.Provisioner.BeforeLaunch = Never.WaitAsync;
        var endpoints = new KernelControlEndpoints(direct.Surface, new KernelNames(direct.Surface));
        var request = new DefaultHttpContext { Request = { RouteValues = { ["id"] = Wanted } } };

        var interrupting = endpoints.InterruptAsync(request);
        await direct.Provisioner.Launches.WaitForAsync(_ => true, 2, cancellationToken);
        await direct.Gateway.Contexts.RemoveAsync(Wanted);
        await interrupting.WaitAsync(cancellationToken);

        request.Response.StatusCode.Should().Be(status, isOurs ? "the execution is over" : "the kernel is gone");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Of_two_deletions_one_succeeds(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        await server.Client.StartKernelAsync(cancellationToken, Body);

        var deletions = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => server.Client.DeleteAsync($"/api/kernels/{Wanted}", cancellationToken)));

        deletions.Select(response => (int)response.StatusCode).Order().Should().Equal(204, 404, 404, 404);
        foreach (var response in deletions) response.Dispose();
    }
}
