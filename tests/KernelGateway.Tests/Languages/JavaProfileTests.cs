using System.Diagnostics;
using System.Text;
using FluentAssertions;
using KernelGateway.Languages;
using NUnit.Framework;

namespace KernelGateway.Tests.Languages;

/// <summary>The code of the profile, run by a Java virtual machine.</summary>
[Category("RequiresJeromq")]   // A JDK is installed with it.
[CancelAfter(60_000)]
public sealed class JavaProfileTests
{
    private const string Awkward = "it's \"quoted\" \\ \\u0022 $HOME %s\nzażółć 日本語 🙂";

    [Test]
    public async Task Values_of_one_execution_arrive_unchanged_and_the_old_ones_come_back(CancellationToken cancellationToken)
    {
        var set = JavaProfile.Instance.SetVariables(new Dictionary<string, string> { ["OLD"] = Awkward, ["NEW"] = "" });

        var values = await RunAsync(
            $"""
            System.setProperty("OLD", "before");
            {set}
            show("OLD"); show("NEW");
            {JavaProfile.Instance.RestoreVariables}
            show("OLD"); show("NEW");
            """,
            cancellationToken);

        values.Should().Equal(Awkward, "", "before", null);
    }

    [Test]
    public async Task Changed_values_stay_and_removed_ones_are_cleared(CancellationToken cancellationToken)
    {
        var change = JavaProfile.Instance.ChangeVariables(
            new Dictionary<string, string?> { ["OLD"] = null, ["NEW"] = Awkward, ["EMPTY"] = "" });

        var values = await RunAsync(
            $"""
            System.setProperty("OLD", "before");
            {change}
            show("OLD"); show("NEW"); show("EMPTY");
            """,
            cancellationToken);

        values.Should().Equal(null, Awkward, "");
    }

    // One line for each value: null, or its UTF-8 bytes in base64.
    private static async Task<string?[]> RunAsync(string statements, CancellationToken cancellationToken)
    {
        if (!File.Exists("/usr/bin/javac"))
            Assert.Ignore("A Java compiler is not installed (on Debian: apt install default-jdk-headless).");
        var directory = Directory.CreateTempSubdirectory("java-profile-");
        try
        {
            var source = Path.Combine(directory.FullName, "Program.java");
            await File.WriteAllTextAsync(
                source,
                $$"""
                public class Program {
                    static void show(String name) {
                        String value = System.getProperty(name);
                        if (value == null) System.out.println("null");
                        else System.out.println("=" + java.util.Base64.getEncoder().encodeToString(
                            value.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
                    }

                    public static void main(String[] arguments) {
                        {{statements}}
                    }
                }
                """,
                cancellationToken);
            var start = new ProcessStartInfo("java", ["-XX:-UsePerfData", source]) { RedirectStandardOutput = true };
            using var java = Process.Start(start)!;
            var output = await java.StandardOutput.ReadToEndAsync(cancellationToken);
            await java.WaitForExitAsync(cancellationToken);
            var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return [.. lines.Select(line => line == "null" ? null : Decode(line[1..]))];
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string Decode(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));
}
