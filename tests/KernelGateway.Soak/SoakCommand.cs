using KernelGateway.Soak.Books;
using KernelGateway.Soak.Clients;
using KernelGateway.Soak.Faults;
using KernelGateway.Soak.Gateways;
using KernelGateway.Soak.Kernels;
using KernelGateway.Soak.Resources;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Soak;

/// <summary>One run: two gateways, their contexts, the load, the quiet time and the report.</summary>
/// <remarks>
/// The server is a separate process, because only then can its memory, descriptors and threads be measured. A gateway in this
/// process serves the clients that embed one. A variable in the environment marks the processes of this run.
/// </remarks>
internal sealed class SoakCommand
{
    private const int HttpClients = 10;
    private const int ChannelClients = 6;
    private const int EmbeddedClients = 10;

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WarmUpRest = TimeSpan.FromSeconds(5);

    private readonly SoakOptions _options;
    private readonly TextWriter _output;
    private readonly SoakState _state;
    private ResourceBook? _resources;   // set when both gateways run

    private SoakCommand(SoakOptions options, Workplace workplace, TextWriter output)
    {
        _options = options;
        _output = output;
        var findings = new FindingList(output);
        _state = new SoakState(
            options.Seed, workplace, new ExecutionBook(findings, TimeProvider.System), new Tally(), findings, new Watch(findings), TimeProvider.System);
    }

    /// <summary>Performs a run. Returns whether it had no findings.</summary>
    /// <exception cref="SoakException">The run could not be started.</exception>
    public static async Task<bool> RunAsync(SoakOptions options, TextWriter output)
    {
        using var workplace = new Workplace(options.KeepsFiles);
        await output.WriteLineAsync($"Soak of {options.Load.TotalMinutes} minutes with seed {options.Seed} in {workplace.Root}");
        return await new SoakCommand(options, workplace, output).RunAsync();
    }

    private async Task<bool> RunAsync()
    {
        await RunGatewaysAsync();
        ServerLog.Check(_state.Workplace.ServerLog, _state.Findings);
        if (_resources is not null) await new BookReport(_state, _options, _resources).WriteAsync(_output);
        else await _output.WriteLineAsync($"THE RUN DID NOT GET TO THE BOOKS (seed {_options.Seed})");
        return !_state.Findings.Any;
    }

    private async Task RunGatewaysAsync()
    {
        var workplace = _state.Workplace;
        using var loggers = new LoggerFactory([new ErrorLog(Path.Combine(workplace.Root, "own.log"), _state.Findings)]);
        await using var server = ServerProcess.Start(workplace);
        var embedded = await EmbeddedContexts.StartAsync(workplace, _state.Tally, loggers, _state.Time, _options.Seed);
        try
        {
            using var contexts = new ServerContexts(server.Url, server.Token, workplace, _state.Time);
            await RunAsync(server, contexts, embedded);
        }
        catch (HungException)
        {
            // The watch has already reported it. The run ends here.
        }
        catch (Exception exception) when (exception is not SoakException)
        {
            _state.Findings.AddException("the run", exception);
        }
        finally
        {
            await StopAsync(server, embedded);
        }
    }

    private async Task RunAsync(ServerProcess server, ServerContexts contexts, EmbeddedContexts embedded)
    {
        await _state.Watch.RunAsync("the server's start", Watch.Operation, token => contexts.WaitUntilHealthyAsync(server, token));
        var kinds = await FindUsableAsync(await KernelKind.FindInstalledAsync(embedded.Gateway.KernelSpecs), contexts);
        await _output.WriteLineAsync($"Kernels: {string.Join(", ", kinds.Select(kind => kind.SpecName))}");
        ContextPool[] pools = [new(contexts), new(embedded)];
        await WarmUpAsync(pools, kinds, contexts);
        _resources = new ResourceBook(
            new ProcessProbe(server.ProcessId, [_state.Workplace.ServerFiles, _state.Workplace.Cells]),
            new ProcessProbe(Environment.ProcessId, [_state.Workplace.OwnFiles, _state.Workplace.Connections]));
        await _resources.TakeStartAsync(WarmUpRest);

        foreach (var pool in pools) await FillAsync(pool, kinds);
        await LoadAsync(CreateActors(pools, contexts));
        foreach (var pool in pools) await EmptyAsync(pool);
        _state.Book.CloseBook();
        if (await contexts.CountAsync(CancellationToken.None) is > 0 and var left) _state.Findings.Add("contexts", $"the server has {left} contexts left");
        await _output.WriteLineAsync($"Quiet for {_options.Quiet.TotalSeconds} s");
        await Task.Delay(_options.Quiet);
        _resources.TakeEnd(_options.Load, _state.Findings);
        ProcessesLeft(server.ProcessId, "after all contexts were removed");
    }

    // A kernelspec may be installed without its kernel.
    private async Task<IReadOnlyList<KernelKind>> FindUsableAsync(IReadOnlyList<KernelKind> installed, ServerContexts contexts)
    {
        var usable = new List<KernelKind>();
        foreach (var kind in installed)
        {
            try
            {
                var context = await _state.Watch.RunAsync($"a context of {kind.SpecName}", Watch.Operation, token => contexts.CreateAsync(kind, token));
                await _state.Watch.RunAsync($"the removal of {context}", Watch.Operation, token => contexts.RemoveAsync(context, token));
                usable.Add(kind);
            }
            catch (HttpRequestException exception)
            {
                await _output.WriteLineAsync($"{kind.SpecName} is left out, because it does not start: {exception.Message}");
            }
        }

        return usable.Any(kind => kind.IsReal) ? usable : throw new SoakException("No real kernel starts.");
    }

    // Everything that is opened, loaded or compiled only once happens before the first sample.
    private async Task WarmUpAsync(ContextPool[] pools, IReadOnlyList<KernelKind> kinds, ServerContexts contexts)
    {
        foreach (var pool in pools) await FillAsync(pool, kinds);
        var clients = Enumerable.Range(0, 2).SelectMany(i => (Actor[])
        [
            new HttpActor($"warm-up http {i}", _state, pools[0], contexts), new ChannelActor($"warm-up channels {i}", _state, pools[0], contexts),
            new EmbeddedActor($"warm-up embedded {i}", _state, pools[1]),
        ]);
        using var over = new CancellationTokenSource(WarmUpRest);
        await Task.WhenAll(clients.Select(client => client.RunAsync(over.Token)));
        foreach (var pool in pools) await EmptyAsync(pool);
    }

    private List<Actor> CreateActors(ContextPool[] pools, ServerContexts contexts)
    {
        var actors = new List<Actor> { new FaultActor("server faults", _state, pools[0]), new FaultActor("embedded faults", _state, pools[1]) };
        for (var i = 1; i <= HttpClients; i++) actors.Add(new HttpActor($"http {i}", _state, pools[0], contexts));
        for (var i = 1; i <= ChannelClients; i++) actors.Add(new ChannelActor($"channels {i}", _state, pools[0], contexts));
        for (var i = 1; i <= EmbeddedClients; i++) actors.Add(new EmbeddedActor($"embedded {i}", _state, pools[1]));
        return actors;
    }

    private async Task LoadAsync(List<Actor> actors)
    {
        using var over = new CancellationTokenSource(_options.Load);
        using var halfTime = new Timer(_ => _resources!.TakeHalf(), null, _options.Load / 2, Timeout.InfiniteTimeSpan);
        var progress = ReportProgressAsync(over.Token);
        await Task.WhenAll(actors.Select(actor => Task.Run(() => actor.RunAsync(over.Token))));
        await progress;
    }

    private async Task ReportProgressAsync(CancellationToken over)
    {
        var start = _state.Time.GetTimestamp();
        while (!over.IsCancellationRequested)
        {
            await Task.Delay(ProgressInterval, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var (book, tally) = (_state.Book, _state.Tally);
            await _output.WriteLineAsync(
                $"{_state.Time.GetElapsedTime(start):mm\\:ss}  {book.Submitted} submitted, {book.Ended} ended; {tally[Tally.Kills]} kills, "
                + $"{tally[Tally.Disconnects]} disconnects, {tally[Tally.Interrupts]} interrupts, {tally[Tally.Restarts]} restarts; "
                + $"{_resources!.Describe()}; {_state.Findings.Counts.Values.Sum()} broken");
        }
    }

    private async Task FillAsync(ContextPool pool, IReadOnlyList<KernelKind> kinds)
    {
        foreach (var kind in kinds)
        {
            for (var i = pool.Host.Wanted(kind); i > 0; i--)
            {
                await _state.Watch.RunAsync($"a context of {kind.SpecName}, {pool.Host.Name}", Watch.Operation, token => pool.AddAsync(kind, token));
            }
        }
    }

    private async Task EmptyAsync(ContextPool pool)
    {
        foreach (var context in pool.Contexts)
        {
            if (!pool.TryTake(context)) continue;
            try
            {
                await _state.Watch.RunAsync($"the removal of {context}", Watch.Operation, token => pool.Host.RemoveAsync(context, token));
            }
            catch (HungException)
            {
                // The watch has already reported it. The other contexts are still removed.
            }
            catch (Exception exception)
            {
                _state.Findings.AddException($"the removal of {context}", exception);
            }
        }
    }

    private async Task StopAsync(ServerProcess server, EmbeddedContexts embedded)
    {
        try
        {
            var exitCode = await _state.Watch.RunAsync("the server's stop", Watch.Operation, server.StopAsync);
            if (exitCode != 0) _state.Findings.Add("server", $"it ended with exit code {exitCode}");
            await _state.Watch.RunAsync("the disposal of the gateway in this process", Watch.Operation, async token => await embedded.DisposeAsync().AsTask().WaitAsync(token));
        }
        catch (HungException)
        {
            // The watch has already reported it.
        }
        catch (Exception exception)
        {
            _state.Findings.AddException("the stop", exception);
        }

        ProcessesLeft(server.ProcessId, "after both gateways were stopped");
        foreach (var file in _resources?.ListFiles() ?? []) _state.Findings.Add("files", $"a file is left after both gateways were stopped: {file}");
    }

    private void ProcessesLeft(int serverId, string when)
    {
        foreach (var (id, command) in ProcessProbe.FindMarked(Workplace.MarkName, _state.Workplace.Mark))
        {
            if (id != serverId) _state.Findings.Add("processes", $"process {id} is left {when}: {command}");
        }
    }
}
