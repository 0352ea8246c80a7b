using System.Text;
using KernelGateway.Executions;
using KernelGateway.Kernelspecs;
using KernelGateway.Languages;

namespace KernelGateway.Contexts;

/// <summary>Checks code and options before a context accepts them.</summary>
/// <param name="language">The language of the context, for messages.</param>
/// <param name="profile">Sets variables of one execution in that language; null when it has no way to set them.</param>
/// <param name="maxCodeBytes">How long code may be, in bytes of UTF-8.</param>
internal sealed class SubmissionCheck(string language, LanguageProfile? profile, int maxCodeBytes)
{
    /// <summary>Throws when the code cannot be accepted.</summary>
    /// <exception cref="ArgumentException">
    /// The code is too long, or variables are given that cannot be set in the language.
    /// </exception>
    public void Check(string code, ExecutionOptions options)
    {
        ArgumentNullException.ThrowIfNull(code);
        if (Encoding.UTF8.GetByteCount(code) > maxCodeBytes)
            throw new ArgumentException($"The code is longer than {maxCodeBytes} bytes.", nameof(code));
        if (options.EnvironmentVariables is { Count: > 0 } variables) CheckVariables(variables, nameof(options));
    }

    private void CheckVariables(IReadOnlyDictionary<string, string> variables, string parameterName)
    {
        if (profile is null)
        {
            throw new ArgumentException(
                $"Variables of one execution cannot be set in '{language}'; give them when the context is created.",
                parameterName);
        }

        foreach (var (name, value) in variables)
        {
            if (!VariableName.IsPossible(name) || !profile.IsPossibleName(name))
            {
                throw new ArgumentException(
                    $"'{name}' is not a name for an environment variable in '{language}'.", parameterName);
            }

            if (value.Contains('\0', StringComparison.Ordinal))
            {
                throw new ArgumentException($"The value of the environment variable '{name}' contains a NUL character.", parameterName);
            }
        }
    }
}
