using KernelGateway.Conformance.Languages;
using KernelGateway.Conformance.Probing;
using KernelGateway.Conformance.Targets;
using KernelGateway.Launching;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Checks;

/// <summary>The context of the checks: a kernel that answers, and the recorded conversation that all of them examine.</summary>
internal sealed class CheckContext(ConformanceTarget target, ConformanceOptions options, TimeProvider time) : IAsyncDisposable
{
    // A start and 16 MiB take longer than a request.
    private const int LongFactor = 6;

    private KernelProbe? _probe;
    private Survey? _survey;

    public ConformanceTarget Target => target;

    public ConformanceOptions Options => options;

    public TimeProvider Time => time;

    public TimeSpan LongTimeout => options.Timeout * LongFactor;

    public KernelProbe Probe => _probe ?? throw new InvalidOperationException("The kernel has not been opened.");

    /// <summary>Gets the answer of the kernel to the first question it got.</summary>
    public JObject KernelInfo { get; private set; } = [];

    /// <summary>Gets the code for the kernel's language; null for a language without snippets.</summary>
    public LanguageSnippets? Snippets { get; private set; }

    public string? Language => (KernelInfo["language_info"] as JObject)?["name"] is JValue { Value: string name } ? name : null;

    /// <summary>Gets major and minor version of the kernel's protocol; 0.0 when it cannot be read.</summary>
    public Version Protocol => Version.TryParse((string?)(KernelInfo["protocol_version"] as JValue), out var version) ? version
        : new Version();

    /// <summary>Connects to the kernel, or to a fresh one, and waits until it answers and is heard on iopub.</summary>
    /// <exception cref="KernelUnreachableException">It does not answer.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await CloseProbeAsync().ConfigureAwait(false);
        try
        {
            var info = await target.OpenAsync(cancellationToken).ConfigureAwait(false);
            _probe = new KernelProbe(info, target.Exited, time);
            _probe.Open();
            var answer = await AwaitReadyAsync(_probe, LongTimeout, cancellationToken).ConfigureAwait(false);
            KernelInfo = answer.Content ?? [];
            Snippets = Language is { } language && options.Languages.TryGetValue(language, out var snippets) ? snippets : null;
        }
        catch (Exception exception) when (exception is KernelGoneException or KernelLaunchException)
        {
            throw new KernelUnreachableException($"The kernel '{target.Name}' cannot be started: {exception.Message}", exception);
        }
    }

    public async ValueTask DisposeAsync() => await CloseProbeAsync().ConfigureAwait(false);

    /// <summary>Returns the conversation for observations: every kind of request once.</summary>
    public async Task<Survey> SurveyAsync(CancellationToken cancellationToken) =>
        _survey ??= await Survey.TakeAsync(this, cancellationToken).ConfigureAwait(false);

    /// <summary>Sends a request and waits for both its halves.</summary>
    public async Task<Exchange> RequestAsync(
        KernelChannel channel, string type, JObject content, CancellationToken cancellationToken, TimeSpan? limit = null)
    {
        var exchange = await Probe.SendAsync(channel, type, content, cancellationToken).ConfigureAwait(false);
        await CompleteAsync(exchange, cancellationToken, limit).ConfigureAwait(false);
        return exchange;
    }

    public Task<Exchange> ShellAsync(string type, JObject content, CancellationToken cancellationToken) =>
        RequestAsync(KernelChannel.Shell, type, content, cancellationToken);

    public Task<Exchange> ExecuteAsync(string code, CancellationToken cancellationToken, TimeSpan? limit = null) =>
        RequestAsync(KernelChannel.Shell, MessageTypes.ExecuteRequest, Contents.Execute(code), cancellationToken, limit);

    /// <summary>Waits for reply and idle status, and no longer than the grace for the second of them.</summary>
    public async Task CompleteAsync(Exchange exchange, CancellationToken cancellationToken, TimeSpan? limit = null)
    {
        var began = await Probe.WaitAsync(() => exchange.Reply is not null || exchange.IsIdle, limit ?? options.Timeout,
            cancellationToken)
            .ConfigureAwait(false);
        if (!began) return;
        await Probe.WaitAsync(() => exchange.Reply is not null && exchange.IsIdle, options.Grace,
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for something within the time a request has.</summary>
    public Task<bool> WaitAsync(Func<bool> holds, CancellationToken cancellationToken, TimeSpan? limit = null) =>
        Probe.WaitAsync(holds, limit ?? options.Timeout, cancellationToken);

    /// <summary>Starts code that takes some time, and returns when it runs.</summary>
    public async Task<Exchange> StartLongAsync(int seconds, CancellationToken cancellationToken, string rest = "",
        bool stopOnError = false)
    {
        var content = Contents.Execute(Snippets!.LongRunning!(seconds) + rest);
        content["stop_on_error"] = stopOnError;
        var running = await Probe.SendAsync(KernelChannel.Shell, MessageTypes.ExecuteRequest, content,
            cancellationToken).ConfigureAwait(false);
        // For kernels that publish output at the end of a cell only (IRkernel, because of its evaluator), the busy status is
        // sufficient.
        await WaitAsync(() => running.IsBusy, cancellationToken).ConfigureAwait(false);
        await WaitAsync(() => running.AllText.Contains("on", StringComparison.Ordinal), cancellationToken,
            TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        return running;
    }

    /// <summary>Waits for the end of code that was started as long running.</summary>
    public async Task EndLongAsync(string lastMessageId, CancellationToken cancellationToken)
    {
        if (options.EndLongRunning is { } end) await end(lastMessageId, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Checks whether the kernel answers; if not, starts another one if the kernel was started for the examination.
    /// </summary>
    /// <returns>The action that was needed, or null, and whether there is no usable kernel any more.</returns>
    public async Task<(string? Note, bool IsDeaf)> HealAsync(bool isOver, CancellationToken cancellationToken)
    {
        if (!isOver && await AnswersAsync(cancellationToken).ConfigureAwait(false)) return (null, false);
        try
        {
            await OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (KernelUnreachableException)
        {
            return (target.IsOurs ? "no other kernel could be started"
                : "the kernel no longer answers, and is not ours to restart", true);
        }

        if (isOver) return (null, false);
        return (target.IsOurs ? "the kernel no longer answered and was started again"
            : "the kernel answered only a new connection", false);
    }

    /// <summary>Checks that the kernel answers: reply and idle status of a trivial request.</summary>
    /// <remarks>
    /// What the kernel sent on the channel before has arrived then. A kernel need not answer on control: it has the grace for that.
    /// </remarks>
    public async Task<bool> AnswersAsync(CancellationToken cancellationToken, KernelChannel channel = KernelChannel.Shell)
    {
        try
        {
            var probe = await Probe.SendAsync(channel, MessageTypes.KernelInfoRequest, [],
                cancellationToken).ConfigureAwait(false);
            return await WaitAsync(
                () => probe.Reply is not null && probe.IsIdle, cancellationToken, channel == KernelChannel.Shell ? null : options.Grace).ConfigureAwait(false);
        }
        catch (KernelGoneException)
        {
            return false;
        }
    }

    /// <summary>Opens a second client of the same kernel; the caller's to dispose.</summary>
    public async Task<KernelProbe> OpenSecondAsync(CancellationToken cancellationToken)
    {
        var second = new KernelProbe(Probe.Info, target.Exited, time);
        second.Open();
        try
        {
            await AwaitReadyAsync(second, options.Timeout, cancellationToken).ConfigureAwait(false);
            return second;
        }
        catch
        {
            await second.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // Repeated every second: a subscription may reach the kernel after the answer has been published.
    private async Task<Exchange> AwaitReadyAsync(KernelProbe probe, TimeSpan limit, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (time.GetElapsedTime(start) < limit)
        {
            var asked = await probe.SendAsync(KernelChannel.Shell, MessageTypes.KernelInfoRequest, [],
                cancellationToken).ConfigureAwait(false);
            if (await probe.WaitAsync(() => asked.Reply is not null && asked.IsIdle, TimeSpan.FromSeconds(1), cancellationToken)
                .ConfigureAwait(false)) return asked;
        }

        throw new KernelUnreachableException(
            $"The kernel '{target.Name}' gave no complete answer to kernel_info_request in {limit.TotalSeconds:0} seconds.");
    }

    private async Task CloseProbeAsync()
    {
        if (_probe is null) return;
        await _probe.DisposeAsync().ConfigureAwait(false);
        _probe = null;
    }
}
