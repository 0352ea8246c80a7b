using System.Diagnostics;
using FluentAssertions;
using KernelGateway.Languages;
using NUnit.Framework;

namespace KernelGateway.Tests.Languages;

public sealed class BashProfileTests
{
    private const string Awkward = "it's \"quoted\" \\ $HOME `id` $(id) %s\nzażółć 日本語 🙂";

    [Test, CancelAfter(30_000)]
    public async Task Values_arrive_unchanged_and_the_old_ones_come_back(CancellationToken cancellationToken)
    {
        var set = BashProfile.Instance.SetVariables(new Dictionary<string, string> { ["OLD"] = Awkward, ["NEW"] = "" });

        var output = await BashAsync(
            $$"""
            export OLD='before
            this'
            {{set}}
            printenv OLD; printenv NEW
            {{BashProfile.Instance.RestoreVariables}}
            printenv OLD; printenv NEW || echo none
            compgen -v | grep kernelgateway || echo clean
            """,
            cancellationToken);

        output.Should().Be($"{Awkward}\n\nbefore\nthis\nnone\nclean\n");
    }

    [Test, CancelAfter(30_000)]
    public async Task Changed_values_stay_and_removed_ones_are_unset(CancellationToken cancellationToken)
    {
        var change = BashProfile.Instance.ChangeVariables(
            new Dictionary<string, string?> { ["OLD"] = null, ["NEW"] = Awkward, ["EMPTY"] = "" });

        var output = await BashAsync(
            $"""
            export OLD=before
            {change}
            printenv OLD || echo none; printenv NEW; printenv EMPTY
            """,
            cancellationToken);

        output.Should().Be($"none\n{Awkward}\n\n");
    }

    [Test]
    public void A_name_that_bash_cannot_have_is_refused([Values("A-B", "1A", "A;id", "A[$(id)]", "ä")] string name)
    {
        var set = () => BashProfile.Instance.SetVariables(new Dictionary<string, string> { [name] = "x" });

        var change = () => BashProfile.Instance.ChangeVariables(new Dictionary<string, string?> { [name] = null });

        set.Should().Throw<ArgumentException>().WithMessage($"*{name}*");
        change.Should().Throw<ArgumentException>().WithMessage($"*{name}*");
    }

    private static async Task<string> BashAsync(string script, CancellationToken cancellationToken)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["--norc", "-s"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await bash.StandardInput.WriteAsync(script.AsMemory(), cancellationToken);
        bash.StandardInput.Close();
        return await bash.StandardOutput.ReadToEndAsync(cancellationToken);
    }
}
