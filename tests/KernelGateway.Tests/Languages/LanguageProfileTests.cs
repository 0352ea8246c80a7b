using System.Text;
using FluentAssertions;
using KernelGateway.Languages;
using NUnit.Framework;

namespace KernelGateway.Tests.Languages;

public sealed class LanguageProfileTests
{
    private static readonly Dictionary<string, string> Variables = new() { ["NAME"] = "'); \"); exit() #\n`id` $(id) 🙂" };

    [Test]
    public void No_value_is_part_of_the_source_text([Values("python", "javascript", "typescript", "r", "octave", "bash", "java")] string language)
    {
        var profile = LanguageProfile.Find(language)!;
        var changes = Variables.ToDictionary(variable => variable.Key, variable => (string?)variable.Value);

        foreach (var code in new[] { profile.SetVariables(Variables), profile.ChangeVariables(changes) })
        {
            code.Should().NotContain("exit()").And.NotContain("id`").And.NotContain("🙂");
            Encoding.UTF8.GetByteCount(code).Should().Be(code.Length, "the code is ASCII");
        }
    }

    [Test]
    public void A_language_is_found_in_any_case_and_an_unknown_one_has_no_profile()
    {
        LanguageProfile.Find("R").Should().BeSameAs(LanguageProfile.Find("r"));
        LanguageProfile.Find("text/x-macaulay2").Should().BeNull();
        LanguageProfile.Find(null).Should().BeNull();
    }

    [Test]
    public void Java_sets_and_clears_properties_in_one_block()
    {
        var set = JavaProfile.Instance.SetVariables(Variables);

        set.Should().StartWith("{").And.EndWith("}").And.Contain("System.setProperty").And.NotContain("TkFNRQ==\"}}}");
        set.Should().Contain(Convert.ToBase64String(Encoding.UTF8.GetBytes(Variables["NAME"])));
        JavaProfile.Instance.RestoreVariables.Should().Contain("System.clearProperty(name)");
        new[] { set, JavaProfile.Instance.RestoreVariables }.Should().OnlyContain(code => IsBalanced(code));
    }

    private static bool IsBalanced(string code) =>
        code.Count(c => c == '{') == code.Count(c => c == '}') && code.Count(c => c == '(') == code.Count(c => c == ')');
}
