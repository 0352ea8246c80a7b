using System.Runtime.InteropServices;
using KernelGateway.Soak.Books;
using KernelGateway.Soak.Gateways;
using KernelGateway.Soak.Resources;

namespace KernelGateway.Soak.Faults;

/// <summary>Kills, interrupts, restarts and replaces the contexts of one gateway.</summary>
internal sealed partial class FaultActor(string name, SoakState state, ContextPool pool) : Actor(name, state, TimeSpan.FromSeconds(2.4))
{
    private const int SigKill = 9;

    // The gateway does not restart a kernel that dies five times in a row, each time within ten seconds. Most kills must not lead to that.
    private static readonly TimeSpan BetweenKills = TimeSpan.FromSeconds(11);

    protected override async Task StepAsync()
    {
        if (pool.Contexts.FirstOrDefault(context => context.Attached is { IsGone: true }) is { } gone)
        {
            await State.Watch.RunAsync(
                $"{Origin}: the replacement of {gone}", Watch.Operation, token => ReplaceAsync(gone, FaultKind.Kill | FaultKind.Removal, token));
        }

        if (pool.Pick(Random) is not { } context) return;
        var choice = Random.NextDouble();
        await State.Watch.RunAsync($"{Origin}: fault {choice:F2} in {context}", Watch.Operation, token => choice switch
        {
            < 0.45 => KillAsync(context, token),
            < 0.65 => InterruptAsync(context, token),
            < 0.75 => RestartAsync(context, token),
            < 0.85 => ReplaceAsync(context, token),
            _ => ReplaceDeadAsync(context, token),
        });
    }

    private async Task KillAsync(SoakContext context, CancellationToken cancellationToken)
    {
        if (State.Time.GetElapsedTime(context.KilledAt) < BetweenKills) return;
        if (context.Attached is not null)
        {
            // This does what the owner of an attached kernel would do: it kills the process and removes the file. The context is then removed, too.
            State.Tally.Add(Tally.Kills);
            await ReplaceAsync(context, FaultKind.Kill | FaultKind.Removal, cancellationToken);
            return;
        }

        if (await pool.Host.FindAsync(context, cancellationToken) is not { ProcessId: { } processId }) return;

        // Only processes of this run are killed. The id may have been reused meanwhile.
        if (!ProcessProbe.IsMarked(processId, Workplace.MarkName, State.Workplace.Mark)) return;
        context.KilledAt = State.Time.GetTimestamp();
        context.Faults.Note(FaultKind.Kill);
        if (Kill(processId, SigKill) == 0) State.Tally.Add(Tally.Kills);
    }

    private async Task InterruptAsync(SoakContext context, CancellationToken cancellationToken)
    {
        using var fault = context.Faults.Hold(FaultKind.Stop);
        State.Tally.Add(Tally.Interrupts);
        await pool.Host.InterruptAsync(context, cancellationToken);
    }

    private async Task RestartAsync(SoakContext context, CancellationToken cancellationToken)
    {
        if (context.Attached is not null) return;
        using var fault = context.Faults.Hold(FaultKind.Restart);
        State.Tally.Add(Tally.Restarts);
        if (!await pool.Host.RestartAsync(context, cancellationToken)) context.Faults.Note(FaultKind.Kill);
    }

    private Task ReplaceAsync(SoakContext context, CancellationToken cancellationToken) =>
        ReplaceAsync(context, FaultKind.Removal, cancellationToken);

    private async Task ReplaceDeadAsync(SoakContext context, CancellationToken cancellationToken)
    {
        if (await pool.Host.FindAsync(context, cancellationToken) is { IsDead: false }) return;
        await ReplaceAsync(context, FaultKind.Removal, cancellationToken);
    }

    private async Task ReplaceAsync(SoakContext context, FaultKind fault, CancellationToken cancellationToken)
    {
        if (!pool.TryTake(context)) return;
        using var held = context.Faults.Hold(fault);
        State.Tally.Add(Tally.Removals);
        await pool.Host.RemoveAsync(context, cancellationToken);
        await pool.AddAsync(context.Kind, cancellationToken);
        State.Tally.Add(Tally.Creations);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
