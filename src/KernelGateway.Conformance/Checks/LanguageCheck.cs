using KernelGateway.Conformance.Languages;

namespace KernelGateway.Conformance.Checks;

/// <summary>Makes checks that need code in the kernel's language.</summary>
internal static class LanguageCheck
{
    /// <summary>Creates a check that is not applicable when the language is unknown, or has no snippet for it.</summary>
    public static Check Create<T>(
        string id, string name, string requirement, string section, Func<LanguageSnippets, T?> pick,
        Func<CheckContext, T, CancellationToken, Task<Verdict>> judge, bool isDestructive = false)
        where T : class =>
        Check.Create(id, name, requirement, section, (context, token) =>
        {
            if (context.Snippets is not { } snippets)
                return Task.FromResult(Verdict.NotApplicable($"no code is known for the language '{context.Language}'"));
            return pick(snippets) is { } code
                ? judge(context, code, token)
                : Task.FromResult(Verdict.NotApplicable("the language has no code for it that is known here"));
        }, isDestructive);
}
